import { formatIp, holdsPrefix, type IpPrefix, parseIp, parsePrefix } from '../../../lib/ip/address.js';
import { formatIpv4, parseIpv4 } from '../../../lib/ip/ipv4.js';
import type { AddressPool } from './address-pool.js';

/**
 * The IPv6 addresses of guests. A guest has the one at the same place as its IPv4 address has in its pool, so that one
 * follows from the other and both stay for the VM's life.
 */
export interface Ipv6Pool {
  /** In the spelling of RFC 5952, such as "fd3a:91c0:55e2::/64". */
  readonly prefix: string;
  readonly length: number;
  readonly network: bigint;
  /** The host's address as guests see it, at the place of the IPv4 gateway's. */
  readonly host: string;
}

/** The router of every guest, the same on every tap: a guest that is moved or copied needs no other. */
export const ipv6Gateway = 'fe80::1';

const hostOffset = 1n;
/** A provider gives 32 bits at the least; below, offsets of the largest IPv4 pool would not fit: a /8 takes 24 bits. */
const lengths = { min: 32, max: 120 };
/** Global unicast, RFC 4291 section 2.4, and unique local, RFC 4193: all that a guest can have. */
const unicast = ['2000::/3', 'fc00::/7'].map((text) => parsePrefix(text));

/** Says what is wrong with `text` as the IPv6 pool beside an IPv4 one, or undefined when it is right. */
export function ipv6PoolProblem(text: string, pool: AddressPool): string | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  if (parseIp(address)?.family !== 6 || !/^\d{1,3}$/.test(length) || rest.length > 0) {
    return 'must be an IPv6 prefix, such as fd12:3456:789a::/64';
  }
  if (Number(length) < lengths.min || Number(length) > lengths.max) {
    return `must have a prefix length from ${lengths.min} to ${lengths.max}, has ${length}`;
  }
  const prefix = parsePrefix(text);
  if (prefix === undefined) return 'has bits set behind the prefix';
  if (!unicast.some((block) => block && holdsPrefix(block, prefix))) {
    return 'must be of 2000::/3, the addresses of the internet, or of fc00::/7, those of private networks';
  }
  const longest = 96 + pool.length;
  if (prefix.length > longest) return `must have at most ${longest} bits to have room for as many as ${pool.prefix}`;
  return undefined;
}

/** The pool of a prefix that `ipv6PoolProblem` has nothing against. */
export function ipv6Pool(text: string): Ipv6Pool {
  const prefix = parsePrefix(text);
  if (prefix?.family !== 6) throw new TypeError(`ipv6Pool: ${text} is no IPv6 prefix`);
  const { value: network, length } = prefix;
  return { prefix: prefixText(prefix), length, network, host: addressAt(network, hostOffset) };
}

/** The IPv6 address of the guest that has an address of the IPv4 pool. */
export function ipv6At(pool6: Ipv6Pool, pool: AddressPool, address: string): string {
  const number = parseIpv4(address);
  if (number === undefined) throw new TypeError(`ipv6At: ${address} is no address of ${formatIpv4(pool.network)}`);
  return addressAt(pool6.network, BigInt(number - pool.network));
}

/**
 * A /64 of unique local addresses, RFC 4193 section 3.2: "fd", 40 bits of a hash, and subnet 0. Whoever joins two networks
 * will not find the same prefix in both.
 */
export function uniqueLocalPool(hash: string): string {
  if (!/^[0-9a-f]{10}/.test(hash)) throw new TypeError('uniqueLocalPool: takes ten hexadecimal digits or more');
  const network = BigInt(`0xfd${hash.slice(0, 10)}`) << 80n;
  return prefixText({ family: 6, value: network, length: 64 });
}

function addressAt(network: bigint, offset: bigint): string {
  return formatIp({ family: 6, value: network + offset });
}

function prefixText(prefix: IpPrefix): string {
  return `${formatIp(prefix)}/${prefix.length}`;
}
