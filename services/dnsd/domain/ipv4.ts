/** IPv4 addresses as unsigned 32-bit numbers, and prefixes of them. */

export interface Prefix {
  /** The first address. */
  readonly base: number;
  /** 0 to 32 bits. */
  readonly length: number;
}

/** Reads the dotted form with four decimal octets and no leading zeros; undefined for anything else. */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every(isOctet)) return undefined;
  return octets.reduce((address, octet) => address * 256 + Number(octet), 0);
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

export function octetsOf(address: number): [number, number, number, number] {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
}

/** Whether a text is a decimal octet in the one form that we write ourselves. */
function isOctet(text: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= 255;
}

function sizeOf(prefixLength: number): number {
  return 2 ** (32 - prefixLength);
}
