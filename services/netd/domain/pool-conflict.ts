import { holdsPrefix, type IpPrefix, parsePrefix } from '../../../lib/ip/address.js';
import type { FoundAddress, FoundRoute } from './links.js';
import { gatewayLabel } from './links.js';
import type { NetworkSettings } from './settings.js';

/** What the host has of the addresses that are to be guests' alone. */
export interface PoolConflict {
  readonly pool: string;
  /** What the host has, as a clause: "the host has a route to 10.0.0.0/8 by wg0". */
  readonly what: string;
  /** How to get a pool that is free, as a clause. */
  readonly way: string;
}

/** What the host says of itself. */
export interface HostAddresses {
  readonly addresses: readonly FoundAddress[];
  readonly routes: readonly FoundRoute[];
}

/**
 * A route of fewer bits says "everything", as two halves of it do for some VPNs, and leads nowhere in particular: our
 * routes to the guests, which say more, come before it. No private network is that large: RFC 1918.
 */
const shortestRoute = 8;

/**
 * What of the host is in the way of a pool: its guests, or the hosts that the route leads to, would be out of reach.
 * Undefined when nothing is. What stands on our own taps, and our gateway address, is not.
 */
export function poolConflict(settings: NetworkSettings, host: HostAddresses): PoolConflict | undefined {
  const taken = takenPrefixes(settings, host);
  for (const { pool, way } of poolsOf(settings)) {
    const prefix = parsePrefix(pool);
    const found = prefix && taken.find((each) => overlap(each.prefix, prefix));
    if (found) return { pool, what: found.what, way: way(taken.map((each) => each.prefix)) };
  }
  return undefined;
}

interface Pool {
  readonly pool: string;
  readonly way: (taken: readonly IpPrefix[]) => string;
}

function poolsOf({ pool, ipv6 }: NetworkSettings): Pool[] {
  const way4 = (taken: readonly IpPrefix[]) =>
    `set another \`ipv4_pool\` in section [netd]${suggestion(pool.length, taken)}`;
  const way6 = () => "set another `ipv6_pool` in section [netd], or leave it out for one of this host's own";
  return [{ pool: pool.prefix, way: way4 }, ...(ipv6 ? [{ pool: ipv6.pool.prefix, way: way6 }] : [])];
}

function suggestion(length: number, taken: readonly IpPrefix[]): string {
  const free = freePool(length, taken);
  return free === undefined ? '' : `, such as ${free}, which is free`;
}

interface Taken {
  readonly prefix: IpPrefix;
  readonly what: string;
}

function takenPrefixes(settings: NetworkSettings, { addresses, routes }: HostAddresses): Taken[] {
  const isOther = ({ link }: { link: string }) => !link.startsWith(settings.tapPrefix);
  const own = addresses.filter((found) => isOther(found) && found.label !== gatewayLabel(settings));
  return [
    ...own.flatMap(({ address, link }) => named(address, `the host has the address ${address} of it on ${link}`)),
    ...routes
      .filter(isOther)
      .flatMap(({ target, link }) => named(target, `the host has a route to ${target}${link && ` by ${link}`}`)),
  ].filter(({ prefix }) => prefix.length >= shortestRoute);
}

function named(text: string, what: string): Taken[] {
  const prefix = parsePrefix(text);
  return prefix ? [{ prefix, what }] : [];
}

/** Where private networks are looked for, less usual ones first: RFC 1918. */
const candidates = [
  ...Array.from({ length: 178 }, (_, i) => `10.${77 + i}.0.0`),
  ...Array.from({ length: 8 }, (_, i) => `172.${24 + i}.0.0`),
];
const smallCandidates = Array.from({ length: 191 }, (_, i) => `192.168.${64 + i}.0`);

/** A private prefix that nothing of the host overlaps: as large as wished, where one is left, up to a /16. */
export function freePool(length: number, taken: readonly IpPrefix[]): string | undefined {
  const large = Math.max(length, 16);
  const wished = [...candidates.map((address) => `${address}/${large}`), ...smallCandidates.map((a) => `${a}/24`)];
  return wished.find((text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && !taken.some((each) => overlap(each, prefix));
  });
}

function overlap(one: IpPrefix, other: IpPrefix): boolean {
  return holdsPrefix(one, other) || holdsPrefix(other, one);
}
