import { delay } from '../../../lib/clock.js';
import { knownHosts } from '../domain/known-hosts.js';
import { sshConfig } from '../domain/ssh-config.js';
import type { World } from './world.js';

const againMs = 2_000;

/**
 * Keeps the files that pin host keys and that tell ssh of the VMs in step with them: a projection, always written whole, one
 * write at a time.
 */
export class KnownHosts {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly world: Pick<World, 'store' | 'keys' | 'log'>) {}

  /** Resolves when the files hold what the store holds now. */
  refresh(): Promise<void> {
    const write = () => {
      const { store, keys } = this.world;
      const vms = store.list();
      return keys.writeKnownHosts(knownHosts(vms), sshConfig(vms, keys.files));
    };
    this.#last = this.#last.then(write, write);
    return this.#last;
  }

  /** As `refresh`, tried until it succeeds: of a VM that is gone, nobody tries again later. Fails as the signal aborts. */
  async refreshAtLast(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await this.refresh();
      } catch (err) {
        this.world.log.warn({ err }, 'could not write the known hosts; trying again');
        await delay(againMs, signal);
      }
    }
  }
}
