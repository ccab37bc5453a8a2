/** The packet filters of everybody on this host, in one shape whichever program shows them. */

/** The program that shows a chain, and the only one that changes it. */
export type Tool = 'nft' | IptablesTool;
export const iptablesTools = ['iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy'] as const;
export type IptablesTool = (typeof iptablesTools)[number];

/** `inet` is both. */
export type Family = 'ip' | 'ip6' | 'inet';

export interface Chain {
  readonly tool: Tool;
  readonly family: Family;
  readonly table: string;
  readonly name: string;
  /** Where packets enter it; absent when only other chains lead here. */
  readonly hook?: string;
  /** What becomes of a packet that leaves it at its end; absent when no packet enters it by itself. */
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  /** Absent when the packet goes on to the next rule whatever happens, as after a log. */
  readonly verdict?: Verdict;
  readonly comment?: string;
  /** The rule without its counters, in the words of its tool. */
  readonly text: string;
  /** nft's name for it. */
  readonly handle?: number;
}

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly target: string };

/** What a rule can ask of a packet that we understand; `other` stands for everything else. */
export type Field =
  | 'in-link'
  | 'out-link'
  | 'family'
  | 'protocol'
  | 'source'
  | 'destination'
  | 'destination-type'
  | 'port'
  | 'state'
  | 'other';

export interface Condition {
  readonly field: Field;
  readonly negated: boolean;
  /** Any of them will do. Links may end in "*"; addresses are prefixes; ports may be ranges such as "1-1023". */
  readonly values: readonly string[];
}

/** A condition that may hold or not, for all we know. */
export const unknown: Condition = { field: 'other', negated: false, values: [] };

/** The names of protocols, which tools give by number too: assigned by IANA. */
const protocols: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
  'ipv6-icmp': 'icmpv6',
};

export function protocolName(name: string): string {
  return protocols[name] ?? name;
}

/** The chains of the same table, by name. */
export function chainsBeside(chain: Chain, all: readonly Chain[]): ReadonlyMap<string, Chain> {
  const beside = all.filter(
    ({ tool, family, table }) => tool === chain.tool && family === chain.family && table === chain.table,
  );
  return new Map(beside.map((one) => [one.name, one]));
}

/** How people call a chain, such as "ip filter FORWARD (iptables-nft)". */
export function chainTitle({ tool, family, table, name }: Chain): string {
  return `${family} ${table} ${name}${tool === 'nft' ? '' : ` (${tool})`}`;
}
