import { tableComment } from '../firewall.js';
import type { Accept, WantedAccept } from './accepts.js';
import type { Chain, Rule } from './ruleset.js';

/** What makes the chain of another hold exactly the accepts that we want there, and everything else as it was. */
export interface Edit {
  readonly chain: Chain;
  /** Rules of ours that go. */
  readonly remove: readonly Rule[];
  readonly insert: readonly Insertion[];
}

export interface Insertion {
  /** The rule of another that it comes before; absent at the end of the chain. */
  readonly before?: Rule;
  /** Its number, counted from 0, once it is there. */
  readonly index: number;
  /** In the words of the chain's tool. */
  readonly text: string;
}

/** The chains of others without our rules in them. Our own table, and that of another banger, is none of them. */
export function othersChains(chains: readonly Chain[], mark: string): Chain[] {
  const comment = tableComment(mark);
  const tables = new Set(chains.filter(isBangers).map(tableKey));
  return chains
    .filter((chain) => !tables.has(tableKey(chain)))
    .map((chain) => ({ ...chain, rules: chain.rules.filter((rule) => rule.comment !== comment) }));
}

/** A banger marks its own table before routing, where it never adds a rule to a table of others. */
function isBangers({ hook, rules }: Chain): boolean {
  return hook === 'prerouting' && rules.some(({ comment }) => /^banger:[0-9a-f]{12}$/.test(comment ?? ''));
}

function tableKey({ tool, family, table }: Chain): string {
  return `${tool} ${family} ${table}`;
}

/** What is to be done, from the chains as they stand; none when all is right. `own` names our own table. */
export function editsFor(chains: readonly Chain[], wanted: readonly WantedAccept[], mark: string): Edit[] {
  const comment = tableComment(mark);
  const tables = new Set(chains.filter(isBangers).map(tableKey));
  return chains.flatMap((chain) => {
    if (tables.has(tableKey(chain))) return [];
    const here = wanted.filter((one) => isSameChain(one.chain, chain));
    return editOf(chain, here, comment) ?? [];
  });
}

function isSameChain(one: Chain, other: Chain): boolean {
  return tableKey(one) === tableKey(other) && one.name === other.name;
}

function editOf(chain: Chain, wanted: readonly WantedAccept[], comment: string): Edit | undefined {
  const ours = chain.rules.filter((rule) => rule.comment === comment);
  const theirs = chain.rules.filter((rule) => rule.comment !== comment);
  const ordered = wanted.map(({ index, accept }) => ({ index, text: acceptText(chain, accept, comment) }));
  ordered.sort((one, other) => one.index - other.index || (one.text < other.text ? -1 : 1));
  const insert = ordered.map(({ index, text }, i) => ({ before: theirs[index], index: index + i, text }));
  if (ours.length === insert.length && insert.every(({ index, text }) => isOurs(chain.rules[index], text, comment))) {
    return undefined;
  }
  return { chain, remove: ours, insert };
}

function isOurs(rule: Rule | undefined, text: string, comment: string): boolean {
  return rule?.comment === comment && rule.text.replaceAll('"', '') === text.replaceAll('"', '');
}

/** An accept as its tool prints it, so that what stands can be compared with what is wanted. */
function acceptText({ tool, family }: Chain, accept: Accept, comment: string): string {
  return tool === 'nft' ? nftText(accept) : iptablesText(accept, family, comment);
}

function nftText({ link, direction, address }: Accept): string {
  const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
  const key = direction === 'from' ? 'iifname' : 'oifname';
  const field = direction === 'from' ? 'saddr' : 'daddr';
  const parts = [
    match({ meta: { key } }, link),
    ...(address ? [match({ payload: { protocol: 'ip', field } }, address)] : []),
    ...(address && direction === 'to' ? [match({ ct: { key: 'state' } }, ['established', 'related'], 'in')] : []),
    { accept: null },
  ];
  return JSON.stringify(parts);
}

function iptablesText({ link, direction, address }: Accept, family: string, comment: string): string {
  const host = family === 'ip6' ? 128 : 32;
  return [
    ...(address ? [direction === 'from' ? '-s' : '-d', `${address}/${host}`] : []),
    direction === 'from' ? '-i' : '-o',
    link.replace(/\*$/, '+'),
    ...(address && direction === 'to' ? ['-m conntrack --ctstate RELATED,ESTABLISHED'] : []),
    `-m comment --comment "${comment}" -j ACCEPT`,
  ].join(' ');
}
