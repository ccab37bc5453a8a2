import { unlessAborted } from '../../../lib/clock.js';

/**
 * Keeps launches and sweeps of one hypervisor apart. A sweep looks for processes and clears away what those that are gone
 * have left; a VM that is being launched has files already and no process yet, and would be taken for one of them.
 */
export class Sweeps {
  readonly #launching = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the launch of a VM, after the sweeps that have begun without knowing of it. Rejects when the signal aborts before. */
  async launch<T>(uid: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#launching.add(uid);
    try {
      await unlessAborted(this.#last, signal);
      return await work();
    } finally {
      this.#launching.delete(uid);
    }
  }

  /** Runs a sweep after the one before it. What it gets tells the VMs whose files it must leave alone. */
  sweep<T>(work: (isLaunching: (uid: string) => boolean) => Promise<T>): Promise<T> {
    const swept = this.#last.then(() => {
      // Those of now: one that ends before the sweep does may have had no process when it looked.
      const spared = new Set(this.#launching);
      return work((uid) => spared.has(uid));
    });
    // A failure belongs to who asked.
    this.#last = swept.catch(() => undefined);
    return swept;
  }
}
