import { formatIpv4, octets, parseIpv4 } from '../../../lib/ip/ipv4.js';

/**
 * The addresses that guests get.
 *
 * The first address of the prefix is the network's own, the second the gateway's, the last the broadcast address. The
 * guests start at the tenth, so that a few stay free for people who add something by hand.
 */
export interface AddressPool {
  /** As configured, such as "10.77.0.0/16". */
  readonly prefix: string;
  readonly length: number;
  readonly network: number;
  /** The host's address as every guest sees it. */
  readonly gateway: string;
  /** The first and the last address that a guest can have. */
  readonly first: number;
  readonly last: number;
}

const gatewayOffset = 1;
const firstGuestOffset = 10;
/** A /28 has five addresses for guests; anything smaller is a mistake. A /8 is the largest private block: RFC 1918. */
const lengths = { min: 8, max: 28 };

/** Says what is wrong with `text` as a pool, or undefined when it is right. */
export function poolProblem(text: string): string | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const network = parseIpv4(address);
  if (network === undefined || !/^\d{1,2}$/.test(length) || rest.length > 0) {
    return 'must be an IPv4 prefix, such as 10.77.0.0/16';
  }
  if (Number(length) < lengths.min || Number(length) > lengths.max) {
    return `must have a prefix length from ${lengths.min} to ${lengths.max}, has ${length}`;
  }
  const aligned = network - (network % sizeOf(Number(length)));
  if (aligned !== network) return `has bits set behind the prefix; did you mean ${formatIpv4(aligned)}/${length}?`;
  const [first = 0] = octets(network);
  if (first === 0 || first === 127 || first >= 224) return 'must be of addresses that hosts can have';
  return undefined;
}

/** The pool of a prefix that `poolProblem` has nothing against. */
export function addressPool(prefix: string): AddressPool {
  const problem = poolProblem(prefix);
  if (problem !== undefined) throw new TypeError(`addressPool: ${prefix} ${problem}`);
  const [address = '', length = ''] = prefix.split('/');
  const network = parseIpv4(address) ?? 0;
  return {
    prefix,
    length: Number(length),
    network,
    gateway: formatIpv4(network + gatewayOffset),
    first: network + firstGuestOffset,
    last: network + sizeOf(Number(length)) - 2,
  };
}

/** How many guests the pool has addresses for. */
export function capacity(pool: AddressPool): number {
  return pool.last - pool.first + 1;
}

/** Says why no guest can have this address of the pool's prefix, or undefined when one can. */
export function guestAddressProblem(pool: AddressPool, text: string): string | undefined {
  const address = parseIpv4(text);
  if (address === undefined) return `must be an IPv4 address, such as ${formatIpv4(pool.first)}`;
  const range = `${formatIpv4(pool.network + gatewayOffset + 1)} to ${formatIpv4(pool.last)}`;
  if (!contains(pool, address)) return `must be of the pool ${pool.prefix}: ${range}`;
  if (text === pool.gateway) return `is the gateway's; guests can have ${range}`;
  if (address === pool.network) return `is the network's own address; guests can have ${range}`;
  if (address > pool.last) return `is the broadcast address; guests can have ${range}`;
  return undefined;
}

/** Whether an address is one of those that are given when none is asked for. */
export function isGiven(pool: AddressPool, address: number): boolean {
  return address >= pool.first && address <= pool.last;
}

export function contains(pool: AddressPool, address: number): boolean {
  return address >= pool.network && address < pool.network + sizeOf(pool.length);
}

/**
 * The next free address after the one that was given last, round and round. So the lowest come first, and one that was
 * freed comes again only after all others: what still remembers it (a DNS cache, known_hosts, a connection's peer) has
 * the longest time to forget. Undefined when all are taken.
 */
export function nextFree(pool: AddressPool, taken: ReadonlySet<number>, lastGiven?: number): number | undefined {
  if (freeCount(pool, taken) === 0) return undefined;
  const known = lastGiven !== undefined && lastGiven >= pool.first && lastGiven < pool.last;
  let candidate = known ? lastGiven + 1 : pool.first;
  while (taken.has(candidate)) candidate = candidate === pool.last ? pool.first : candidate + 1;
  return candidate;
}

/** How many addresses can still be given when none is asked for. Those before the first are taken by request only. */
export function freeCount(pool: AddressPool, taken: ReadonlySet<number>): number {
  let free = capacity(pool);
  for (const address of taken) if (isGiven(pool, address)) free -= 1;
  return free;
}

/**
 * The address of a guest's network card, made from its IPv4 address. 0x02 says "locally administered, one host" (IEEE
 * 802-2014 clause 8.4), so that it is never a manufacturer's.
 */
export function macOf(address: number): string {
  return [0x02, 0xba, ...octets(address)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The address whose guest's card `macOf` gives this address; undefined when it is made otherwise. */
export function addressOfMac(mac: string): number | undefined {
  const [first, second, ...bytes] = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  if (first !== 0x02 || second !== 0xba) return undefined;
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Says why no guest's card can have this address, or undefined when one can. Written in lower case. */
export function macProblem(text: string): string | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text)) return 'must be six hexadecimal pairs, such as 52:54:00:12:34:56';
  // The lowest bit of the first byte says "group": IEEE 802-2014 clause 8.4.
  if (Number.parseInt(text.slice(0, 2), 16) & 1) return 'must be the address of one card, and is that of a group';
  if (text === '00:00:00:00:00:00') return 'must be the address of a card, and is none';
  return undefined;
}

/** The name of a guest's tap: the prefix and the address's place in the pool, so that one tells the other. */
export function tapName(pool: AddressPool, tapPrefix: string, address: number): string {
  return `${tapPrefix}${address - pool.network}`;
}

/** IFNAMSIZ is 16 with the final NUL: netdevice(7). */
const maxInterfaceName = 15;

/** Says what is wrong with a prefix of tap names in this pool, or undefined when it is right. */
export function tapPrefixProblem(tapPrefix: string, pool: AddressPool): string | undefined {
  if (!/^[a-z][a-z0-9_-]*$/.test(tapPrefix)) return 'must be lower-case letters, digits, "_" and "-", a letter first';
  const longest = tapName(pool, tapPrefix, pool.last);
  const limit = maxInterfaceName - (longest.length - tapPrefix.length);
  if (tapPrefix.length > limit) return `must have at most ${limit} characters with this pool, has ${tapPrefix.length}`;
  return undefined;
}

function sizeOf(length: number): number {
  return 2 ** (32 - length);
}
