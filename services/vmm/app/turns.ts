import { delay } from '../../../lib/clock.js';
import { begun, firstInTurn } from '../domain/turns.js';
import type { Vm } from '../domain/vm.js';
import type { World } from './world.js';

/** How long to wait when a turn could not be recorded, as on a full disk. */
const recordAgainMs = 2_000;

/**
 * Gives the VMs that start after a restart of the host their turns, one after the other: domain/turns.ts. One that has not
 * come up within the time of a boot keeps the others waiting no longer, and goes on.
 */
export class Turns {
  readonly #stopping = new AbortController();
  /** Those that took too long. */
  readonly #slow = new Set<string>();
  #open = false;
  #woken = false;
  #going: Promise<void> | undefined;

  constructor(
    private readonly world: World,
    /** There is something to do for a VM. */
    private readonly wake: (uid: string) => void,
  ) {}

  /** From here on turns are given: it is known which VMs there are to have one. */
  open(): void {
    this.#open = true;
    this.look();
  }

  /** A VM may wait for its turn. */
  look(): void {
    if (!this.#open || this.#stopping.signal.aborted) return;
    this.#woken = true;
    this.#going ??= this.#go();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the service is stopping'));
    await this.#going;
  }

  async #go(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#woken && !signal.aborted) {
      this.#woken = false;
      await this.#giveTurns().catch(async (err) => {
        this.world.log.error({ err }, 'could not give a vm its turn to start; trying again');
        await delay(recordAgainMs, signal).catch(() => undefined);
        this.#woken = true;
      });
    }
    // No await since the last look: one from here on begins anew.
    this.#going = undefined;
  }

  async #giveTurns(): Promise<void> {
    const { store, log } = this.world;
    const next = () => firstInTurn(store.list().filter(({ uid }) => !this.#slow.has(uid)));
    for (let vm = next(); vm && !this.#stopping.signal.aborted; vm = next()) {
      log.info({ vm: vm.name, uid: vm.uid }, 'a vm has its turn to start after a restart of the host');
      if (await this.#isOver(vm)) continue;
      this.#slow.add(vm.uid);
      if (!this.#stopping.signal.aborted)
        log.warn({ vm: vm.name, uid: vm.uid }, 'a vm takes long to start; the next one has its turn');
    }
  }

  /** Lets a VM start. False when it is still at it after the time of a boot. */
  async #isOver({ uid }: Vm): Promise<boolean> {
    const { store, patience } = this.world;
    const left = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, left.signal, AbortSignal.timeout(patience.bootMs)]);
    const isOver = () => store.get(uid)?.status.turn === undefined;
    try {
      const changes = store.follow(signal);
      store.change(uid, begun);
      this.wake(uid);
      if (isOver()) return true;
      for await (const { key } of changes) if (key === uid && isOver()) return true;
      return false;
    } finally {
      left.abort();
    }
  }
}
