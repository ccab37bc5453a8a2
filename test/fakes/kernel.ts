import type { Connections, Firewall, Forwarding, HostPorts, Links, Sysctl } from '../../services/netd/app/ports.js';
import type { Element, Key, NftCommand, Rule } from '../../services/netd/domain/nft.js';
import { FakeOtherFirewalls } from './other-firewalls.js';

type FailingPart = 'ip' | 'nft' | 'sysctl' | 'conntrack';

/**
 * The kernel as netd knows it: understands the lines and commands that netd gives, refuses all others, and prints
 * itself as sorted text. `fail` makes the next call of a kind fail before it changes anything.
 */
export class FakeKernel {
  readonly #links = new Map<string, Map<string, string>>([['lo', new Map([['address 127.0.0.1/8', 'lo']])]]);
  #tables = new Map<string, Table>();
  readonly #sysctls = new Map([
    ['net/ipv4/ip_forward', '0'],
    ['net/ipv4/conf/all/accept_redirects', '1'],
    ['net/ipv4/conf/eth0/forwarding', '0'],
  ]);
  readonly #open = new Set<string>();
  readonly #connections = new Set<string>();
  readonly #failing = new Set<FailingPart>();
  /** Where programs of the host listen, as "8080/tcp". */
  readonly #listening = new Set<string>();
  bootId = 'boot-1';
  /** The mark is that of every test with this kernel. */
  readonly others = new FakeOtherFirewalls('0123456789ab');
  /** How many batches and transactions there were. */
  readonly calls = { ip: 0, nft: 0 };

  fail(what: FailingPart): void {
    this.#failing.add(what);
  }

  stopFailing(): void {
    this.#failing.clear();
  }

  /** What someone else does on the host. */
  addLink(name: string, facts: Readonly<Record<string, string>> = {}): void {
    this.#links.set(name, new Map(Object.entries(facts)));
  }

  removeLink(name: string): void {
    this.#links.delete(name);
    this.#open.delete(name);
  }

  /** Takes one fact of a link away, such as "route 10.77.0.10/32". */
  forget(link: string, fact: string): void {
    if (!this.#links.get(link)?.delete(fact)) throw new Error(`${link} has no ${fact}`);
  }

  /** Puts another element into a set, as `nft add element` does. */
  addElement(table: string, set: string, element: string): void {
    this.#tables.get(table)?.sets.get(set)?.set(element, '');
  }

  /** A process opens a tap. */
  openTap(name: string): void {
    this.#open.add(name);
  }

  closeTap(name: string): void {
    this.#open.delete(name);
  }

  /** Two addresses talk. */
  addConnection(one: string, other: string): void {
    this.#connections.add(`${one} - ${other}`);
  }

  /** A program of the host listens. */
  listen(port: number, protocol: 'tcp' | 'udp' = 'tcp'): void {
    this.#listening.add(`${port}/${protocol}`);
  }

  addTable(name: string): void {
    this.#tables.set(name, { sets: new Map(), chains: new Map() });
  }

  removeTable(name: string): void {
    this.#tables.delete(name);
  }

  setSysctl(path: string, value: string): void {
    this.#sysctls.set(path, value);
  }

  toString(): string {
    const links = [...this.#links].map(([name, facts]) => [name, ...indented(facts)].join('\n'));
    const tables = [...this.#tables].map(([name, table]) =>
      [`table ${name} of ${comments(table).join() || 'someone'}`, ...setLines(table), ...chainLines(table)].join('\n'),
    );
    const sysctls = [...this.#sysctls].map(([path, value]) => `${path} = ${value}`);
    const connections = [...this.#connections].map((pair) => `connection ${pair}`);
    return [...links.sort(), ...tables.sort(), ...sysctls.sort(), ...connections.sort()].join('\n');
  }

  readonly links: Links = {
    find: async (name) => {
      const facts = this.#links.get(name);
      return facts && { name, alias: facts.get('alias') ?? '' };
    },
    list: async () => [...this.#links].map(([name, facts]) => ({ name, alias: facts.get('alias') ?? '' })),
    addresses: async () =>
      [...this.#links].flatMap(([link, facts]) =>
        [...facts]
          .filter(([fact]) => fact.startsWith('address '))
          .map(([fact, label]) => ({ link, address: fact.slice('address '.length).split('/')[0] ?? '', label })),
      ),
    routes: async () =>
      [...this.#links].flatMap(([link, facts]) =>
        [...facts.keys()]
          .filter((fact) => fact.startsWith('route '))
          .map((fact) => ({ link, target: fact.slice('route '.length) })),
      ),
    standing: async () => ({
      lines: new Set([...this.#links].flatMap(([name, facts]) => [...facts].flatMap((fact) => lineOf(name, fact)))),
      names: new Set(this.#links.keys()),
      open: new Set(this.#open),
    }),
    removeTapUnlessOpen: async (name) => !this.#open.has(name) && this.#links.delete(name),
    run: async (lines) => {
      this.calls.ip += 1;
      this.#failWhenAsked('ip');
      for (const line of lines) this.#runLine(line);
    },
  };

  readonly firewall: Firewall = {
    run: async (commands) => {
      this.calls.nft += 1;
      this.#failWhenAsked('nft');
      const tables = structuredClone(this.#tables);
      for (const command of commands) runCommand(tables, command);
      this.#tables = tables;
    },
    findTable: async (name) => {
      const table = this.#tables.get(name);
      if (table === undefined) return undefined;
      return { comments: comments(table), digest: [...setLines(table), ...chainLines(table)].join('\n') };
    },
  };

  readonly ports: HostPorts = {
    look: async ({ hostAddress, hostPort, protocol }) => {
      if (!['', '127.0.0.1', '192.0.2.1'].includes(hostAddress)) return 'no-address';
      return this.#listening.has(`${hostPort}/${protocol}`) ? 'taken' : 'free';
    },
  };

  readonly connections: Connections = {
    forget: async (address) => {
      this.#failWhenAsked('conntrack');
      for (const pair of this.#connections) if (pair.split(' - ').includes(address)) this.#connections.delete(pair);
    },
  };

  readonly forwarding: Forwarding = {
    isOn: async () => this.#sysctls.get('net/ipv4/ip_forward') === '1',
    turnOn: async () => {
      this.#failWhenAsked('sysctl');
      this.#writeSysctl({ path: 'net/ipv4/ip_forward', value: '1' });
    },
    snapshot: async () => [...this.#sysctls].map(([path, value]) => ({ path, value })),
    restore: async (values) => {
      this.#failWhenAsked('sysctl');
      for (const value of values) this.#writeSysctl(value);
    },
    bootId: async () => this.bootId,
    setLoopback: async (link, on) => {
      const facts = this.#links.get(link);
      if (on) facts?.set('loopback', 'on');
      else facts?.delete('loopback');
    },
  };

  #failWhenAsked(what: FailingPart): void {
    if (this.#failing.delete(what)) throw new Error(`${what}: failed as the test asked`);
  }

  /** The kernel turns all of them with the switch. */
  #writeSysctl({ path, value }: Sysctl): void {
    this.#sysctls.set(path, value);
    if (path !== 'net/ipv4/ip_forward') return;
    this.#sysctls.set('net/ipv4/conf/all/accept_redirects', value === '1' ? '0' : '1');
    this.#sysctls.set('net/ipv4/conf/eth0/forwarding', value);
  }

  #runLine(line: string): void {
    const known = this.#grammar.find(([pattern]) => pattern.test(line));
    if (!known) throw new Error(`ip: does not know: ${line}`);
    const [pattern, run] = known;
    run(line, ...(pattern.exec(line)?.slice(1) ?? []));
  }

  /** The lines of `ip -batch` that netd uses, each with what it does. */
  readonly #grammar: readonly [RegExp, (line: string, ...words: string[]) => void][] = [
    [
      /^tuntap add dev (\S+) mode tap user (\d+) vnet_hdr$/,
      (line, tap = '', user = '') => this.#addTap(tap, user, line),
    ],
    [/^link delete dev (\S+)$/, (line, link = '') => this.#must(this.#links.delete(link), line)],
    [/^link set dev (\S+) alias (\S+) up$/, (line, link, alias) => this.#set(link, 'alias', alias, line)],
    [
      /^address replace (\S+) dev (\S+)(?: label (\S+))?$/,
      (line, address, link, label = link) => this.#set(link, `address ${address}`, label, line),
    ],
    [
      /^address delete (\S+) dev (\S+) label \S+$/,
      (line, address, link = '') => this.#must(this.#links.get(link)?.delete(`address ${address}`) ?? false, line),
    ],
    [
      /^route replace (\S+) dev (\S+) src (\S+)$/,
      (line, target, link, source) => this.#set(link, `route ${target}`, source, line),
    ],
    [
      /^neighbour replace (\S+) lladdr (\S+) dev (\S+) nud permanent$/,
      (line, address, mac, link) => this.#set(link, `neighbour ${address}`, mac, line),
    ],
  ];

  #addTap(tap: string, user: string, line: string): void {
    this.#must(!this.#links.has(tap), line);
    this.#links.set(tap, new Map([['tap of user', user]]));
  }

  #set(link = '', fact: string, value = '', line: string): void {
    const facts = this.#links.get(link);
    this.#must(facts !== undefined, line);
    facts?.set(fact, value);
  }

  #must(holds: boolean, line: string): void {
    if (!holds) throw new Error(`ip: cannot: ${line}`);
  }
}

interface Table {
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

function runCommand(tables: Map<string, Table>, command: NftCommand): void {
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

function comments({ chains }: Table): string[] {
  return [...chains.values()].flat().flatMap(({ comment }) => comment ?? []);
}

/** Sets that are empty are not shown. */
function setLines({ sets }: Table): string[] {
  const filled = [...sets].filter(([, elements]) => elements.size > 0);
  return filled.sort(byName).map(([name, elements]) => {
    const texts = [...elements].map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
    return `  ${name}: ${texts.sort().join(', ')}`;
  });
}

/** Those of single guests: the others are always the same. */
function chainLines({ chains }: Table): string[] {
  const own = [...chains].filter(([name]) => name.startsWith('egress_')).sort(byName);
  return own.flatMap(([name, rules]) => [`  chain ${name}`, ...rules.map((rule) => `    ${JSON.stringify(rule)}`)]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The line of `ip -batch` that makes a fact be. */
function lineOf(link: string, [fact, value]: [string, string]): string[] {
  const [kind, target = ''] = fact.split(' ');
  if (kind === 'alias') return [`link set dev ${link} alias ${value} up`];
  if (kind === 'address') return [`address replace ${target} dev ${link}${value === link ? '' : ` label ${value}`}`];
  if (kind === 'route') return [`route replace ${target} dev ${link} src ${value}`];
  return kind === 'neighbour' ? [`neighbour replace ${target} lladdr ${value} dev ${link} nud permanent`] : [];
}

function indented(facts: ReadonlyMap<string, string>): string[] {
  return [...facts].map(([fact, value]) => `  ${fact}: ${value}`).sort();
}
