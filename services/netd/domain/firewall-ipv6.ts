import { ipv6Gateway } from './address-pool6.js';
import { ipv6 } from './family.js';
import type { NamedSet } from './named-set.js';
import { accept, card, concat, equals, field, inputLink, inSet, type Rule } from './nft.js';
import type { NetworkSettings } from './settings.js';

/** What of IPv6 has no like in IPv4: neighbours are asked for in packets that rules meet, as ARP is not. */

/** The cards of guests that have IPv6. */
export const cardSet: NamedSet = {
  name: 'cards6',
  type: ['ifname', 'ether_addr'],
  elements: ({ attachments }) =>
    attachments.filter(({ address6 }) => address6 !== undefined).map(({ tap, mac }) => ({ concat: [tap, mac] })),
};

const discovery = { set: ['nd-neighbor-solicit', 'nd-neighbor-advert'] };
const icmpType = field('icmpv6', 'type');
/** Whoever forwards lowers it: a packet with the highest comes from this link. RFC 4861 section 7.1. */
const fromThisLink = equals(field('ip6', 'hoplimit'), 255);

/**
 * A guest asks for its gateway and answers for itself from its link-local address, which is none of those that it is given.
 * On its tap it can only mislead the host about itself, and its own entry is permanent. Router advertisements and the like
 * are not among this.
 */
export function neighbourDiscovery(): Rule[] {
  const linkLocal = { prefix: { addr: 'fe80::', len: 10 } };
  const discover = [equals(icmpType, discovery), fromThisLink];
  return [{ expr: [inSet(concat(inputLink, card), 'cards6'), equals(ipv6.source, linkLocal), ...discover, accept] }];
}

/** The host answers guests that discover it, and those that ping it as their gateway. */
export function toIpv6Gateway({ ipv6: own }: NetworkSettings): Rule[] {
  if (own === undefined) return [];
  const gateway = equals(ipv6.destination, { set: [ipv6Gateway, own.pool.host] });
  return [
    { expr: [equals(icmpType, discovery), fromThisLink, accept] },
    { expr: [gateway, equals(icmpType, 'echo-request'), accept] },
  ];
}
