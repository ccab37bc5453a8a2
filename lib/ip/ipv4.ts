/** IPv4 addresses as numbers from 0 to 2^32 - 1, so that they can be counted and compared. */

/** Reads four decimal numbers with dots, without leading zeros; undefined for anything else. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

export function formatIpv4(address: number): string {
  return octets(address).join('.');
}

/** The four bytes of an address, most significant first. */
export function octets(address: number): number[] {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
}
