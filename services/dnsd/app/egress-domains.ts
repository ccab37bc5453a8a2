import { delay } from '../../../lib/clock.js';
import type { Log } from '../../../lib/log.js';
import { isOfDomain } from '../../../lib/network-policy/policy.js';
import { Backoff } from '../domain/backoff.js';
import type { EgressRules, GuestDomains, OnGuestAnswer } from './ports.js';

/** A restart of netd takes about a second: look soon, and then not too often. */
const firstPauseMs = 100;
const lastPauseMs = 2_000;

/** Which guests' egress rules are about which domains, as netd has told last. */
export class EgressDomains {
  /** By guest's address; undefined until netd has told. */
  #byGuest: ReadonlyMap<string, readonly string[]> | undefined;

  tell(guests: readonly GuestDomains[]): void {
    this.#byGuest = new Map(guests.flatMap(({ addresses, domains }) => addresses.map((address) => [address, domains])));
  }

  /** Whether a rule of this guest may be about the name; before netd has told, any may be. */
  concern(guest: string, name: string): boolean {
    if (this.#byGuest === undefined) return true;
    return this.#byGuest.get(guest)?.some((domain) => isOfDomain(name, domain)) ?? false;
  }
}

/** Tells netd of the addresses that a guest is about to get, when a rule of the guest is about their name. */
export function tellingNetd(rules: EgressRules, domains: EgressDomains): OnGuestAnswer {
  return async (answer) => {
    if (domains.concern(answer.asker, answer.name)) await rules.allow(answer);
  };
}

/** Follows the domains of egress rules until the signal aborts. While netd is away, those that it told last are meant. */
export async function followDomains(
  rules: EgressRules,
  domains: EgressDomains,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(firstPauseMs, lastPauseMs);
  while (!signal.aborted) {
    try {
      for await (const guests of rules.domains(signal)) {
        domains.tell(guests);
        backoff.reset();
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'lost netd; going by the egress rules that it told last');
    }
    await delay(backoff.next(), signal).catch(() => undefined);
  }
}
