import { knownHosts } from '../domain/known-hosts.js';
import type { World } from './world.js';

/** Keeps the file that pins host keys in step with the VMs: a projection, always written whole, one write at a time. */
export class KnownHosts {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly world: Pick<World, 'store' | 'keys'>) {}

  /** Resolves when the file holds what the store holds now. */
  refresh(): Promise<void> {
    const write = () => this.world.keys.writeKnownHosts(knownHosts(this.world.store.list()));
    this.#last = this.#last.then(write, write);
    return this.#last;
  }
}
