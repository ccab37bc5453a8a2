import { formatIp, parseIp } from '../../../lib/ip/address.js';
import { domainsOf, isOfDomain } from '../../../lib/network-policy/policy.js';
import type { NetworkState, ResolvedAddress } from '../domain/attachment.js';
import type { Network } from './network.js';
import { applyRules } from './rules.js';

/** What a guest is about to be told of a name. */
export interface Resolution {
  readonly guestAddress: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ttlSeconds: number;
}

/** Programs keep an address longer than its TTL says: they may use it for so long at least. */
const leastSeconds = 300;
/** A name server's word is not taken for more. */
const mostSeconds = 24 * 60 * 60;

/**
 * Lets guests reach what their domains have resolved to. An address is let in for twice as long as it must be, so that a
 * name that is asked for again and again is mostly known; what comes while a change is under way is made in one.
 */
export function resolutionsOf(network: Network): (resolution: Resolution) => Promise<void> {
  let pending: Resolution[] = [];
  const allowPending = async () => {
    const batch = pending;
    pending = [];
    const { store } = network;
    const before = store.state();
    const news = batch.flatMap((resolution) => newsOf(before, resolution));
    if (news.length === 0) return;
    store.saveResolved(news);
    await applyRules(network, before, store.state());
  };
  return async (resolution) => {
    if (newsOf(network.store.state(), resolution).length === 0) return;
    pending.push(resolution);
    await network.serial.run(allowPending);
  };
}

/** What has to be let in, or for longer than it is. */
function newsOf({ attachments, resolved, asOf }: NetworkState, resolution: Resolution): ResolvedAddress[] {
  const guest = attachments.find(({ address }) => address === resolution.guestAddress);
  if (guest === undefined) return [];
  const name = resolution.name.toLowerCase().replace(/\.$/, '');
  const needed = Math.min(Math.max(resolution.ttlSeconds, leastSeconds), mostSeconds) * 1000;
  const { vmUid } = guest;
  const domains = domainsOf(guest.policy).filter((domain) => isOfDomain(name, domain));
  const addresses = resolution.addresses.flatMap((text) => parseIp(text) ?? []).map(formatIp);
  const isKnown = (domain: string, address: string) =>
    resolved.some(
      (known) =>
        known.vmUid === vmUid && known.domain === domain && known.address === address && known.expires >= asOf + needed,
    );
  return domains.flatMap((domain) =>
    addresses
      .filter((address) => !isKnown(domain, address))
      .map((address) => ({ vmUid, domain, address, expires: asOf + 2 * needed })),
  );
}
