import { parseIpv4 } from '../../../lib/ip/ipv4.js';

/** Prefixes of IPv4 addresses, which are unsigned 32-bit numbers. */

export interface Prefix {
  /** The first address. */
  readonly base: number;
  /** 0 to 32 bits. */
  readonly length: number;
}

/** Reads "10.77.0.0/16"; undefined when it is no prefix or has bits beyond its length. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const base = parseIpv4(address);
  if (base === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  return base % sizeOf(Number(length)) === 0 ? { base, length: Number(length) } : undefined;
}

export function contains(prefix: Prefix, address: number): boolean {
  return address >= prefix.base && address < prefix.base + sizeOf(prefix.length);
}

function sizeOf(prefixLength: number): number {
  return 2 ** (32 - prefixLength);
}
