import { domainsOf } from '../../../lib/network-policy/policy.js';
import type { NetworkState } from '../domain/attachment.js';

/** The domains that one guest's egress rules are about. */
export interface GuestDomains {
  readonly addresses: readonly string[];
  readonly domains: readonly string[];
}

function guestDomains({ attachments }: NetworkState): GuestDomains[] {
  return attachments
    .map(({ address, policy }) => ({ addresses: [address], domains: domainsOf(policy) }))
    .filter(({ domains }) => domains.length > 0);
}

/** Tells followers all domains, and all again after each change; a slow one gets the latest. */
export class DomainFeed {
  #current: readonly GuestDomains[] = [];
  #wake: () => void = () => undefined;
  #changed = this.#next();

  /** What is so from now on. */
  tell(state: NetworkState): void {
    const next = guestDomains(state);
    if (JSON.stringify(next) === JSON.stringify(this.#current)) return;
    this.#current = next;
    const wake = this.#wake;
    this.#changed = this.#next();
    wake();
  }

  async *follow(signal: AbortSignal): AsyncGenerator<readonly GuestDomains[]> {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const changed = this.#changed;
      yield this.#current;
      await Promise.race([changed, ended]);
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
