import type { Element, Key, NftCommand, Rule } from '../../services/netd/domain/nft.js';

/** nftables as netd knows it: the tables of the fake kernel, and the commands that change them. */

export interface Table {
  readonly sets: Map<string, Map<string, string>>;
  /** Rules by chain. */
  readonly chains: Map<string, Rule[]>;
}

/** The objects of libnftables-json(5) that netd adds, flushes and deletes. */
interface NftObject {
  readonly table?: { name: string };
  readonly chain?: { table: string; name: string };
  readonly rule?: Rule & { table: string; chain: string };
  readonly set?: NftSet;
  readonly map?: NftSet;
  readonly element?: { table: string; name: string; elem: Element[] };
}

interface NftSet {
  readonly table: string;
  readonly name: string;
  readonly elem?: readonly Element[];
}

export function runCommand(tables: Map<string, Table>, command: NftCommand): void {
  if ('add' in command) add(tables, command.add as NftObject);
  else if ('flush' in command) chainOf(tables, (command.flush as NftObject).chain).splice(0);
  else remove(tables, command.delete as NftObject);
}

function add(tables: Map<string, Table>, { table, chain, rule, set, map, element }: NftObject): void {
  const named = set ?? map;
  if (table) tables.set(table.name, tables.get(table.name) ?? { sets: new Map(), chains: new Map() });
  else if (chain) tableOf(tables, chain.table).chains.set(chain.name, []);
  else if (rule) addRule(tables, rule);
  else if (named) {
    tableOf(tables, named.table).sets.set(named.name, new Map());
    addElements(tables, { elem: [], ...named });
  } else if (element) addElements(tables, element);
  else throw new Error('nft: does not know what to add');
}

/** What a rule or an element leads to must be there. */
function addRule(tables: Map<string, Table>, { table, chain, ...rule }: Rule & { table: string; chain: string }): void {
  const text = JSON.stringify(rule.expr);
  for (const [, set = ''] of text.matchAll(/"@([^"]+)"/g)) setOf(tables, { table, name: set });
  for (const [, target = ''] of text.matchAll(/"target":"([^"]+)"/g)) chainOf(tables, { table, name: target });
  chainOf(tables, { table, name: chain }).push(rule);
}

function addElements(
  tables: Map<string, Table>,
  named: { table: string; name: string; elem: readonly Element[] },
): void {
  for (const element of named.elem) {
    const [key, value] = Array.isArray(element) ? (element as [Key, unknown]) : [keyOf(element as Key), ''];
    const target = /"target":"([^"]+)"/.exec(JSON.stringify(value))?.[1];
    if (target) chainOf(tables, { table: named.table, name: target });
    const known = setOf(tables, named).get(keyText(key));
    if (known !== undefined && known !== valueText(value)) throw new Error(`nft: ${keyText(key)} is there already`);
    setOf(tables, named).set(keyText(key), valueText(value));
  }
}

function remove(tables: Map<string, Table>, { table, chain, set, element }: NftObject): void {
  if (table) tables.delete(table.name);
  else if (chain) {
    if (chainOf(tables, chain).length > 0 || isUsed(tables, chain.table, chain.name))
      throw new Error('nft: chain in use');
    tableOf(tables, chain.table).chains.delete(chain.name);
  } else if (set) {
    setOf(tables, set);
    if (isUsed(tables, set.table, `@${set.name}`)) throw new Error(`nft: set ${set.name} in use`);
    tableOf(tables, set.table).sets.delete(set.name);
  } else if (element) {
    for (const each of element.elem) {
      const key = keyText(Array.isArray(each) ? (each[0] as Key) : keyOf(each as Key));
      if (!setOf(tables, element).delete(key)) throw new Error(`nft: no element ${key}`);
    }
  } else throw new Error('nft: does not know what to delete');
}

/** Whether a rule or a map leads there. */
function isUsed(tables: Map<string, Table>, table: string, name: string): boolean {
  const { sets, chains } = tableOf(tables, table);
  const texts = [...sets.values()].flatMap((elements) => [...elements.values()]);
  return [...texts, ...[...chains.values()].map((rules) => JSON.stringify(rules))].some((text) =>
    text.includes(`"${name}"`),
  );
}

function tableOf(tables: Map<string, Table>, name: string): Table {
  const table = tables.get(name);
  if (!table) throw new Error(`nft: no table ${name}`);
  return table;
}

function setOf(tables: Map<string, Table>, { table, name }: { table: string; name: string }): Map<string, string> {
  const set = tableOf(tables, table).sets.get(name);
  if (!set) throw new Error(`nft: no set ${name}`);
  return set;
}

function chainOf(tables: Map<string, Table>, chain: { table: string; name: string } | undefined): Rule[] {
  const rules = chain && tableOf(tables, chain.table).chains.get(chain.name);
  if (!rules) throw new Error(`nft: no chain ${chain?.name}`);
  return rules;
}

/** A time-out is not shown: what is left of it depends on when one looks. */
function keyOf(element: Key | { readonly elem: { readonly val: Key } }): Key {
  return typeof element === 'object' && 'elem' in element ? element.elem.val : element;
}

function keyText(key: Key): string {
  if (typeof key !== 'object') return String(key);
  return 'concat' in key ? key.concat.map(keyText).join(' . ') : `${key.prefix.addr}/${key.prefix.len}`;
}

function valueText(value: unknown): string {
  return value === '' ? '' : JSON.stringify(value);
}

export function comments({ chains }: Table): string[] {
  return [...chains.values()].flat().flatMap(({ comment }) => comment ?? []);
}

/** Sets that are empty are not shown. */
export function setLines({ sets }: Table): string[] {
  const filled = [...sets].filter(([, elements]) => elements.size > 0);
  return filled.sort(byName).map(([name, elements]) => {
    const texts = [...elements].map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
    return `  ${name}: ${texts.sort().join(', ')}`;
  });
}

/** Those of single guests: the others are always the same. */
export function chainLines({ chains }: Table): string[] {
  const own = [...chains].filter(([name]) => name.startsWith('egress_')).sort(byName);
  return own.flatMap(([name, rules]) => [`  chain ${name}`, ...rules.map((rule) => `    ${JSON.stringify(rule)}`)]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
