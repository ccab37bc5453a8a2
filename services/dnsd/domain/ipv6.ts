/** IPv6 addresses as 32 hexadecimal digits in lower case: their names in ip6.arpa have a label for every digit. */

const groupCount = 8;
const digitsPerGroup = 4;

export interface Ipv6Prefix {
  /** The 32 digits of the first address. */
  readonly digits: string;
  /** 0 to 128 bits. */
  readonly length: number;
}

/** Reads the forms of RFC 4291 section 2.2 but for the one that ends in a dotted IPv4 address; undefined for others. */
export function parseIpv6(text: string): string | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (rest.length > 0 || before === undefined || after === undefined) return undefined;
  const missing = groupCount - before.length - after.length;
  // "::" stands for at least one group.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return before.join('') + '0'.repeat(missing * digitsPerGroup) + after.join('');
}

/** Reads "fd00:77::/64"; undefined when it is no prefix or has bits beyond its length. */
export function parseIpv6Prefix(text: string): Ipv6Prefix | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const digits = parseIpv6(address);
  if (digits === undefined || rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > 128) return undefined;
  const bits = Number(length);
  const isBase = [...digits].every((digit, i) => (Number.parseInt(digit, 16) & freeBits(bits, i)) === 0);
  return isBase ? { digits, length: bits } : undefined;
}

/** The bits of the digit at `index` that a prefix of `length` bits leaves free. */
function freeBits(length: number, index: number): number {
  const fixed = Math.min(Math.max(length - index * 4, 0), 4);
  return 15 >> fixed;
}

/** Each with its four digits. */
function groupsOf(text: string): string[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  if (groups.length > groupCount || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => group.toLowerCase().padStart(digitsPerGroup, '0'));
}
