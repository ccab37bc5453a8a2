import { RateLimit } from '../domain/rate-limit.js';

/**
 * One guest's share: some tens of times what a busy mail server asks, and some hundredths of what we can answer. As many
 * guests are remembered as a host can have running.
 */
const limits = { perSecond: 2_000, burst: 4_000, askers: 4_096 };

/** Says whether a guest may ask once more at this moment. */
export function guestShare(): (address: string) => boolean {
  const limit = new RateLimit(limits);
  return (address) => limit.allows(address, performance.now());
}
