import { octets } from '../../../lib/ip/ipv4.js';
import type { Prefix } from './ipv4.js';
import { type Ipv6Prefix, parseIpv6 } from './ipv6.js';

/**
 * Names of addresses: RFC 1035 section 3.5 for IPv4, RFC 3596 section 2.5 for IPv6. A pool whose prefix ends inside a
 * label has one zone for each value of that label, so that nothing outside the pool is claimed: 10.77.0.0/20 gives
 * 0.77.10.in-addr.arpa to 15.77.10.in-addr.arpa.
 */

export type Family = 'ipv4' | 'ipv6';

/** How a family writes addresses as names: each label is a number of so many bits, in this base. */
interface Notation {
  readonly suffix: string;
  readonly bits: number;
  readonly base: number;
  /** Between the labels of a path. */
  readonly separator: string;
}

const notations: Record<Family, Notation> = {
  ipv4: { suffix: 'in-addr', bits: 8, base: 10, separator: '.' },
  ipv6: { suffix: 'ip6', bits: 4, base: 16, separator: '' },
};
const topLabel = 'arpa';

/** The addresses of a pool, as their names have them. */
export interface ReversePool {
  readonly family: Family;
  /** The first address: octets of IPv4, hexadecimal digits of IPv6. */
  readonly digits: readonly number[];
  /** How many bits all have in common. */
  readonly length: number;
}

export function ipv4ReversePool({ base, length }: Prefix): ReversePool {
  return { family: 'ipv4', digits: octets(base), length };
}

export function ipv6ReversePool({ digits, length }: Ipv6Prefix): ReversePool {
  return { family: 'ipv6', digits: [...digits].map((digit) => Number.parseInt(digit, 16)), length };
}

/** Where a name stands in the reverse zones. */
export interface ReversePosition {
  readonly zone: string;
  readonly family: Family;
  readonly isApex: boolean;
  /** See `reversePath`; undefined when its labels are none of an address. */
  readonly path: string | undefined;
}

/** The family in whose reverse tree a name stands. `labels` are lower-case. */
export function reverseFamily(labels: readonly string[]): Family | undefined {
  if (labels.at(-1) !== topLabel) return undefined;
  const suffix = labels.at(-2);
  return suffix === notations.ipv4.suffix ? 'ipv4' : suffix === notations.ipv6.suffix ? 'ipv6' : undefined;
}

/** Undefined when the name is in no reverse zone of the pools. `labels` are lower-case. */
export function reversePosition(labels: readonly string[], pools: readonly ReversePool[]): ReversePosition | undefined {
  const family = reverseFamily(labels);
  if (family === undefined) return undefined;
  const path = labels.slice(0, -2).reverse();
  const pool = pools.find((candidate) => candidate.family === family && holds(candidate, path));
  if (pool === undefined) return undefined;
  const depth = apexDepth(pool);
  const valid = path.every((label) => digitOf(family, label) !== undefined);
  return {
    zone: nameOf(family, path.slice(0, depth)),
    family,
    isApex: path.length === depth,
    path: valid ? path.join(notations[family].separator) : undefined,
  };
}

/** Whether a path begins with an apex of the pool. */
function holds(pool: ReversePool, path: readonly string[]): boolean {
  const depth = apexDepth(pool);
  const { bits } = notations[pool.family];
  if (path.length < depth) return false;
  return path.slice(0, depth).every((label, i) => {
    const digit = digitOf(pool.family, label);
    const free = bits - Math.min(pool.length - i * bits, bits);
    return digit !== undefined && digit >>> free === (pool.digits[i] ?? 0) >>> free;
  });
}

/** A label as a number, when it is in the one form that we write ourselves. */
function digitOf(family: Family, label: string): number | undefined {
  const { bits, base } = notations[family];
  if (label.length > 3) return undefined;
  const digit = Number.parseInt(label, base);
  return digit >= 0 && digit < 2 ** bits && digit.toString(base) === label ? digit : undefined;
}

/**
 * The labels of an address' name in the order of the address: "10.77.0.10", or 32 hexadecimal digits. A part of it from
 * its beginning is the path of a name above. Undefined for a text that is no address.
 */
export function reversePath(family: Family, address: string): string | undefined {
  return family === 'ipv4' ? address : parseIpv6(address);
}

/** The path of the name directly above; undefined at the top. */
export function pathAbove(family: Family, path: string): string | undefined {
  const end = family === 'ipv4' ? path.lastIndexOf('.') : path.length - 1;
  return end > 0 ? path.slice(0, end) : undefined;
}

/** The reverse zones of a pool, in the order of their addresses: at most 128. */
export function reverseZones(pool: ReversePool): string[] {
  const { bits, base } = notations[pool.family];
  const depth = apexDepth(pool);
  const free = depth * bits - pool.length;
  return Array.from({ length: 2 ** free }, (_, i) => {
    const labels = pool.digits.slice(0, depth).map((digit, at) => (at === depth - 1 ? digit + i : digit));
    return nameOf(
      pool.family,
      labels.map((digit) => digit.toString(base)),
    );
  });
}

/** The name of a path. */
export function reverseName(family: Family, path: string): string {
  return nameOf(family, path.split(notations[family].separator));
}

/** How many labels the names of the pool's zones have before the suffix. */
function apexDepth({ family, length }: ReversePool): number {
  return Math.ceil(length / notations[family].bits);
}

function nameOf(family: Family, labels: readonly string[]): string {
  return [...[...labels].reverse(), notations[family].suffix, topLabel].join('.');
}
