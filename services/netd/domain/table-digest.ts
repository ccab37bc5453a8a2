/** What `nft -j list table` prints: libnftables-json(5). */
export interface TableListing {
  readonly nftables: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A table as text that is the same as long as nobody changes it: without the handles, which the kernel gives, without
 * counters, and without elements that come and go by themselves.
 */
export function tableDigest({ nftables }: TableListing): string {
  return nftables
    .filter((entry) => !('metainfo' in entry))
    .map((entry) => JSON.stringify(entry, steady))
    .join('\n');
}

/** What packets and time move. */
const moving = ['handle', 'counter', 'expires'];

function steady(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  if (moving.includes(key)) return undefined;
  if (key !== 'elem' || !Array.isArray(value)) return value;
  if (isPassing(this)) return undefined;
  return value.map((element) => JSON.stringify(element, steady)).sort();
}

/** Packets, or timeouts, change what is in such a set. */
function isPassing({ flags = [], timeout }: Readonly<Record<string, unknown>>): boolean {
  const list = Array.isArray(flags) ? flags : [flags];
  return timeout !== undefined || list.includes('timeout') || list.includes('dynamic');
}
