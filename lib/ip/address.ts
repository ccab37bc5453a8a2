import { formatIpv4, parseIpv4 } from './ipv4.js';

/** IPv4 and IPv6 addresses and prefixes: reading, comparing and writing them in the one form that they have. */

export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface IpPrefix extends IpAddress {
  /** How many leading bits count: 0 to 32, or 0 to 128. */
  readonly length: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;

/** Undefined for anything but an address. A zone, such as "%eth0", is none. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(':')) {
    const value = parse6(text);
    return value === undefined ? undefined : { family: 6, value };
  }
  const number = parseIpv4(text);
  return number === undefined ? undefined : { family: 4, value: BigInt(number) };
}

/** Reads an address, or a prefix such as "10.0.0.0/8"; undefined for anything else, and when bits behind it are set. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0) return undefined;
  const bits = bitsOf[ip.family];
  if (length === undefined) return { ...ip, length: bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return undefined;
  const prefix = { ...ip, length: Number(length) };
  return firstOf(prefix) === ip.value ? prefix : undefined;
}

/** IPv6 as RFC 5952 section 4 writes it. */
export function formatIp({ family, value }: IpAddress): string {
  return family === 4 ? formatIpv4(Number(value)) : format6(value);
}

/** A prefix that is one address is written as that. */
export function formatPrefix(prefix: IpPrefix): string {
  const address = formatIp(prefix);
  return prefix.length === bitsOf[prefix.family] ? address : `${address}/${prefix.length}`;
}

/** Whether all addresses of `inner` are of `outer`. */
export function holdsPrefix(outer: IpPrefix, inner: IpPrefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  return firstOf({ ...inner, length: outer.length }) === outer.value;
}

function firstOf({ family, value, length }: IpPrefix): bigint {
  const host = BigInt(bitsOf[family] - length);
  return (value >> host) << host;
}

/** RFC 4291 section 2.2. */
function parse6(text: string): bigint | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const [left, right] = [groupsOf(head, tail === undefined), groupsOf(tail ?? '', true)];
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array<number>(missing).fill(0), ...right];
  return groups.reduce((value, group) => (value << 16n) + BigInt(group), 0n);
}

/** The 16-bit groups of a part; only the last part may end in an IPv4 address. */
function groupsOf(part: string, isLast: boolean): number[] | undefined {
  if (part === '') return [];
  const words = part.split(':');
  const groups: number[] = [];
  for (const [i, word] of words.entries()) {
    const ipv4 = isLast && i === words.length - 1 && word.includes('.') ? parseIpv4(word) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) groups.push(Number.parseInt(word, 16));
    else return undefined;
  }
  return groups;
}

function format6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const text = groups.join(':');
  // The longest run of zeros, the first of several, at least two of them.
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].sort((a, b) => b[0].length - a[0].length);
  const [run] = runs;
  if (run === undefined) return text;
  const [before, after] = [text.slice(0, run.index), text.slice(run.index + run[0].length)];
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}
