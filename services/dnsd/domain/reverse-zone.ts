import { contains, isOctet, octetsOf, type Prefix, parseIpv4 } from './ipv4.js';

/**
 * Names of addresses (RFC 1035 section 3.5). A pool whose prefix ends inside an octet has one zone for each value of
 * that octet, so that nothing outside the pool is claimed: 10.77.0.0/20 gives 0.77.10.in-addr.arpa to 15.77.10.in-addr.arpa.
 */

const suffix = ['in-addr', 'arpa'];

/** Where a name stands in the reverse zones of a pool. */
export interface ReversePosition {
  readonly zone: string;
  /** The labels before "in-addr.arpa" in the order of an address, such as "10.77.0"; undefined when they are no octets. */
  readonly path: string | undefined;
}

/** Undefined when the name is in no reverse zone of the pool. `labels` are lower-case. */
export function reversePosition(labels: readonly string[], pool: Prefix): ReversePosition | undefined {
  if (labels.at(-1) !== suffix[1] || labels.at(-2) !== suffix[0]) return undefined;
  const path = labels.slice(0, -2).reverse();
  const apex = path.slice(0, apexOctets(pool));
  if (apex.length < apexOctets(pool) || !apex.every(isOctet)) return undefined;
  const first = parseIpv4([...apex, '0', '0', '0', '0'].slice(0, 4).join('.'));
  if (first === undefined || !contains(pool, first)) return undefined;
  return { zone: nameOf(apex), path: path.every(isOctet) ? path.join('.') : undefined };
}

/** Every path that exists because of an address: the address itself, and the empty non-terminals above it. */
export function reversePaths(address: number, pool: Prefix): { path: string; above: string[] } {
  const octets = octetsOf(address);
  const above: string[] = [];
  for (let depth = apexOctets(pool) + 1; depth < 4; depth++) above.push(octets.slice(0, depth).join('.'));
  return { path: octets.join('.'), above };
}

/** The reverse zones of a pool, in the order of their addresses: one, or at most 128. */
export function reverseZones(pool: Prefix): string[] {
  const octets = apexOctets(pool);
  const step = 2 ** (32 - 8 * octets);
  const count = 2 ** (8 * octets - pool.length);
  return Array.from({ length: count }, (_, i) => nameOf(octetsOf(pool.base + i * step).slice(0, octets)));
}

export function reverseName(address: number): string {
  return nameOf(octetsOf(address));
}

function apexOctets(pool: Prefix): number {
  return Math.ceil(pool.length / 8);
}

function nameOf(octets: readonly (string | number)[]): string {
  return [...[...octets].reverse(), ...suffix].join('.');
}
