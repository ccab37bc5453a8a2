import { delay, pollUntil } from '../../../lib/clock.js';
import { about, currentContext, ofOwnAccord } from '../../../lib/context.js';
import { callerUnseen, vmTied } from '../domain/errors.js';
import type { ProcessIdentity, Tie, TieEnd, Vm } from '../domain/vm.js';
import { applyVerb, type VerbContext } from './verbs.js';
import type { World } from './world.js';

/** How often it is looked whether a process is still there: it is no child of ours, and nobody tells us. */
const lookEveryMs = 250;
/** How long to wait when a VM could not be told to end, as on a full disk. */
const againMs = 2_000;

/** What the use cases that tie VMs work with. */
export interface TieContext extends VerbContext {
  readonly ties: Ties;
}

/** Ends VMs whose lives are tied to a process when that process has ended, however it did. */
export class Ties {
  readonly #followed = new Map<string, Tie>();
  readonly #following = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(private readonly context: VerbContext) {}

  /** Follows what is written down, as the service starts. */
  look(): void {
    for (const vm of this.context.world.store.list()) this.follow(vm);
  }

  /** Follows the process that a VM is tied to, if it is. */
  follow({ uid, tie }: Vm): void {
    if (tie === undefined || isSameTie(this.#followed.get(uid), tie)) return;
    this.#followed.set(uid, tie);
    const following = this.#untilItEnds(uid, tie).finally(() => {
      this.#following.delete(following);
      if (this.#followed.get(uid) === tie) this.#followed.delete(uid);
    });
    this.#following.add(following);
  }

  /** Resolves when nothing is followed any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#following);
  }

  /** Lets all go on; what is written down is followed again by the next run of the service. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the service is stopping'));
    await this.idle();
  }

  async #untilItEnds(uid: string, tie: Tie): Promise<void> {
    const { world } = this.context;
    const { signal } = this.#stopping;
    const isOver = () => !isSameTie(world.store.get(uid)?.tie, tie) || !isThere(world, tie.process);
    const what = `process ${tie.process.pid} ends`;
    const options = { what, timeoutMs: Number.POSITIVE_INFINITY, everyMs: lookEveryMs, signal };
    await pollUntil(isOver, options).catch(() => undefined);
    while (!signal.aborted) {
      try {
        return ofOwnAccord('tie', () => about(uid, () => this.#end(uid, tie)));
      } catch (err) {
        world.log.error({ uid, err }, 'could not end a vm whose process has ended; trying again');
        await delay(againMs, signal).catch(() => undefined);
      }
    }
  }

  /** The tie goes last: without it the next run of the service would not know. */
  #end(uid: string, tie: Tie): void {
    const { store, log } = this.context.world;
    const vm = store.get(uid);
    if (vm === undefined || !isSameTie(vm.tie, tie)) return;
    log.info({ vm: vm.name, uid, pid: tie.process.pid, end: tie.end }, 'the process that a vm is tied to has ended');
    if (tie.end === 'delete') applyVerb(this.context, vm.name, { verb: 'delete', force: true, purge: true });
    else if (vm.status.state !== 'DELETING') applyVerb(this.context, vm.name, { verb: 'stop' });
    store.change(uid, ({ tie: _, ...untied }) => untied);
  }
}

/** A tie to whoever makes this call. Fails with CALLER_UNSEEN. `what` completes "cannot …". */
export function tieToCaller({ sight }: Pick<World, 'sight'>, what: string, end: TieEnd | undefined): Tie | undefined {
  if (end === undefined) return undefined;
  const caller = currentContext()?.caller;
  const pid = caller && 'pid' in caller ? caller.pid : 0;
  const startTime = pid > 0 ? sight.startTimeOf(pid) : undefined;
  if (startTime === undefined) throw callerUnseen(what);
  return { process: { pid, startTime }, end };
}

/** Fails with VM_TIED when another process that is there has the VM. */
export function checkTie(world: Pick<World, 'sight'>, { name, tie }: Vm, wanted: Tie): void {
  if (tie === undefined || isSameProcess(tie.process, wanted.process) || !isThere(world, tie.process)) return;
  throw vmTied(name, tie.process.pid);
}

function isThere({ sight }: Pick<World, 'sight'>, { pid, startTime }: ProcessIdentity): boolean {
  return sight.startTimeOf(pid) === startTime;
}

function isSameTie(one: Tie | undefined, other: Tie): boolean {
  return one !== undefined && one.end === other.end && isSameProcess(one.process, other.process);
}

function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.startTime === other.startTime;
}
