import { type IpAddress, parseIp, parsePrefix } from '../../../lib/ip/address.js';

/** IPv6 addresses as 32 hexadecimal digits in lower case: their names in ip6.arpa have a label for every digit. */

const digitCount = 32;

export interface Ipv6Prefix {
  /** The 32 digits of the first address. */
  readonly digits: string;
  /** 0 to 128 bits. */
  readonly length: number;
}

/** Undefined for anything but an IPv6 address. */
export function parseIpv6(text: string): string | undefined {
  const ip = parseIp(text);
  return ip?.family === 6 ? digitsOf(ip) : undefined;
}

/** Reads "fd00:77::/64"; undefined when it is no prefix or has bits beyond its length. */
export function parseIpv6Prefix(text: string): Ipv6Prefix | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  return prefix?.family === 6 ? { digits: digitsOf(prefix), length: prefix.length } : undefined;
}

function digitsOf({ value }: IpAddress): string {
  return value.toString(16).padStart(digitCount, '0');
}
