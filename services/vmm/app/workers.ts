import { delay } from '../../../lib/clock.js';
import { inContext } from '../../../lib/context.js';
import { toBangerError } from '../../../lib/errors.js';
import type { Log } from '../../../lib/log.js';
import { afterFailure, explained, type Move, nextMove } from '../domain/moves.js';
import type { Vm } from '../domain/vm.js';
import type { Machines } from './machines.js';
import type { World } from './world.js';

/** What a move gets: the VM as it was when the move began, and the only way to change it. */
export interface Task {
  readonly vm: Vm;
  /** Aborts when another verb takes over or the service stops: the move ends promptly and changes nothing more. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Writes a change. Throws when the move has been aborted, so that it cannot write over what came after it. */
  update(edit: (vm: Vm) => Vm): Vm;
}

export type Moves = Readonly<Record<Move, (task: Task) => Promise<void>>>;

/** What workers need to know of hypervisors. */
interface FollowedHypervisors {
  readonly machines: Machines;
  /** Before a worker looks at a VM: what happened to its hypervisor and is not recorded yet. Fails when it cannot be. */
  catchUp(uid: string): Promise<void>;
}

/** One worker per VM: it alone touches the host for that VM, one move after the other. Everyone else writes and wakes. */
export class Workers {
  readonly #workers = new Map<string, Worker>();
  #stopped = false;

  constructor(
    private readonly world: World,
    private readonly hypervisors: FollowedHypervisors,
    private readonly moves: Moves,
  ) {}

  /** There may be something to do for this VM. */
  wake(uid: string): void {
    if (this.#stopped) return;
    const worker = this.#workers.get(uid) ?? new Worker(uid, this.world, this.hypervisors, this.moves);
    this.#workers.set(uid, worker);
    worker.wake(() => this.#workers.delete(uid));
  }

  /** What is being done for this VM no longer is what shall be done. */
  interrupt(uid: string): void {
    this.#workers.get(uid)?.interrupt();
    this.wake(uid);
  }

  /** Resolves when nothing is left to do for this VM. */
  async idle(uid: string): Promise<void> {
    await this.#workers.get(uid)?.finished;
  }

  /** Whether something is being done for this VM just now. */
  isAt(uid: string): boolean {
    return this.#workers.has(uid);
  }

  /** Ends all moves where they are; the next start of the service goes on with them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    await Promise.all(workers.map((worker) => worker.finished));
  }
}

/** How long to wait before a move is made again whose outcome could not be recorded. */
const recordAgainMs = 2_000;

class Worker {
  finished: Promise<void> | undefined;
  #current: AbortController | undefined;
  #woken = false;
  #stopped = false;

  constructor(
    private readonly uid: string,
    private readonly world: World,
    private readonly hypervisors: FollowedHypervisors,
    private readonly moves: Moves,
  ) {}

  wake(onIdle: () => void): void {
    this.#woken = true;
    this.finished ??= this.#work(onIdle);
  }

  interrupt(): void {
    this.#current?.abort(new Error('another verb took over'));
  }

  stop(): void {
    this.#stopped = true;
    this.#current?.abort(new Error('the service is stopping'));
  }

  async #work(onIdle: () => void): Promise<void> {
    // The verb that woke us answers its caller first.
    await Promise.resolve();
    while (this.#woken && !this.#stopped) {
      this.#woken = false;
      // The former move may have been aborted, and would cut short every pause of the next.
      const current = new AbortController();
      this.#current = current;
      if (await this.#next(current)) this.#woken = true;
    }
    // No await since the last look: a wake-up from here on finds no worker and makes a new one.
    onIdle();
  }

  /** False when nothing is left to do. */
  async #next(current: AbortController): Promise<boolean> {
    try {
      await this.hypervisors.catchUp(this.uid);
      const vm = this.world.store.get(this.uid);
      const move = vm && nextMove(vm);
      if (move === undefined) return false;
      await this.#make(vm as Vm, move, current);
    } catch (err) {
      // What happened cannot be written down, as on a full disk: nothing is decided until it can.
      this.world.log.error({ uid: this.uid, err }, 'could not record what became of a vm; trying again');
      await delay(recordAgainMs, current.signal).catch(() => undefined);
    }
    return true;
  }

  async #make(vm: Vm, move: Move, current: AbortController): Promise<void> {
    const log = this.world.log.child({ vm: vm.name, uid: vm.uid, move });
    try {
      // For as long as the request that set the VM's goal is not overtaken by another.
      const context = { requestId: vm.requestId ?? this.world.host.newUid(), verb: move, subject: vm.uid };
      await inContext(context, () => this.moves[move](this.#task(vm, current.signal, log)));
    } catch (error) {
      if (!current.signal.aborted) this.#fail(vm, move, error, log);
    }
  }

  #task(vm: Vm, signal: AbortSignal, log: Log): Task {
    const update = (edit: (vm: Vm) => Vm) => {
      signal.throwIfAborted();
      const changed = this.world.store.change(this.uid, edit);
      if (changed === undefined) throw new Error(`vm ${vm.name} vanished from the store during ${vm.status.state}`);
      return changed;
    };
    return { vm, signal, log, update };
  }

  #fail(vm: Vm, move: Move, error: unknown, log: Log): void {
    const known = explained(vm, move, toBangerError(error));
    log.error({ err: error, reason: known.reason }, known.message);
    const gone = this.hypervisors.machines.get(this.uid) === undefined;
    this.world.store.change(this.uid, (now) => afterFailure(now, move, known, gone, this.world.host.now()));
  }
}
