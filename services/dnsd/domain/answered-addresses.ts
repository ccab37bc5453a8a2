import { typeCodes } from './records.js';

/** A record of another server's answer, as far as addresses go. Names are lower-case text, see `nameText`. */
export type AnswerRecord = {
  readonly owner: string;
  /** In seconds. */
  readonly ttl: number;
} & ({ readonly type: 'ADDRESS'; readonly octets: Uint8Array } | { readonly type: 'CNAME'; readonly target: string });

export interface AnsweredAddresses {
  /** In the order of the answer, each once: dotted, or as RFC 5952 writes IPv6. */
  readonly addresses: readonly string[];
  /** How long all of it holds, in seconds: the least of the addresses and of the aliases that lead to them. */
  readonly ttlSeconds: number;
}

/** Type codes beside those of our own zone, from the IANA registry "Resource Record (RR) TYPEs". */
export const foreignTypes = { CNAME: 5, OPT: 41 } as const;

/**
 * The addresses that a client gets for a name from an answer: those of the name itself and of what it is an alias of,
 * however many aliases stand between. Records of other names are none of them, wherever they stand. Undefined when there
 * is no address.
 */
export function answeredAddresses(name: string, records: readonly AnswerRecord[]): AnsweredAddresses | undefined {
  const byOwner = groupByOwner(records);
  const reached = new Set([name]);
  const addresses = new Set<string>();
  let ttlSeconds = Number.POSITIVE_INFINITY;
  // A set that grows while it is walked is walked to its end; a circle of aliases adds nothing the second time.
  for (const owner of reached) {
    for (const record of byOwner.get(owner) ?? []) {
      ttlSeconds = Math.min(ttlSeconds, record.ttl);
      if (record.type === 'CNAME') reached.add(record.target);
      else addresses.add(addressText(record.octets));
    }
  }
  return addresses.size === 0 ? undefined : { addresses: [...addresses], ttlSeconds };
}

function groupByOwner(records: readonly AnswerRecord[]): Map<string, AnswerRecord[]> {
  const groups = new Map<string, AnswerRecord[]>();
  for (const record of records) {
    const group = groups.get(record.owner);
    if (group) group.push(record);
    else groups.set(record.owner, [record]);
  }
  return groups;
}

/**
 * Labels as text, without the last dot: lower-case, and what could be taken for something else (a dot, a backslash,
 * what cannot be printed) as \DDD, as in zone files (RFC 1035 section 5.1).
 */
export function nameText(labels: readonly string[]): string {
  const escaped = (char: string) => `\\${String(char.charCodeAt(0)).padStart(3, '0')}`;
  return labels.map((label) => label.replace(/[^!-~]|[.\\]/g, escaped).toLowerCase()).join('.');
}

/** Whether a type code is that of an address, and the octets are as many as it has. */
export function isAddress(type: number, octetCount: number): boolean {
  return (type === typeCodes.A && octetCount === 4) || (type === typeCodes.AAAA && octetCount === 16);
}

/** Four octets with dots, or sixteen in the canonical form of IPv6: RFC 5952 section 4. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  const zeros = longestZeros(groups);
  const hex = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return zeros.length < 2 ? hex(0) : `${hex(0, zeros.at)}::${hex(zeros.at + zeros.length)}`;
}

/** The first of the longest runs of groups that are 0. */
function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let longest = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    const end = groups.findIndex((group, i) => i >= at && group !== 0);
    const length = (end < 0 ? groups.length : end) - at;
    if (length > longest.length) longest = { at, length };
  }
  return longest;
}
