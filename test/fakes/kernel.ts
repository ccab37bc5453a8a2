import type { Connections, Firewall, Forwarding, Links, Sysctl } from '../../services/netd/app/ports.js';
import type { NftCommand } from '../../services/netd/domain/firewall.js';

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
  bootId = 'boot-1';
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

  addTable(name: string): void {
    this.#tables.set(name, { sets: new Map(), rules: [] });
  }

  removeTable(name: string): void {
    this.#tables.delete(name);
  }

  setSysctl(path: string, value: string): void {
    this.#sysctls.set(path, value);
  }

  toString(): string {
    const links = [...this.#links].map(([name, facts]) => [name, ...indented(facts)].join('\n'));
    const tables = [...this.#tables].map(([name, { sets, rules }]) =>
      [
        `table ${name} of ${rules.flatMap((rule) => rule.comment ?? []).join() || 'someone'}`,
        ...[...sets].map(([set, elements]) => `  ${set}: ${[...elements].sort().join(', ')}`),
      ].join('\n'),
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
      return table && { comments: table.rules.flatMap((rule) => rule.comment ?? []) };
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
  readonly sets: Map<string, Set<string>>;
  readonly rules: { readonly comment?: string }[];
}

/** The objects of libnftables-json(5) that netd adds and deletes. */
interface NftObject {
  readonly table?: { name: string };
  readonly chain?: { table: string; name: string };
  readonly rule?: { table: string; comment?: string };
  readonly set?: { table: string; name: string; elem?: unknown[] };
  readonly element?: { table: string; name: string; elem: unknown[] };
}

function runCommand(tables: Map<string, Table>, command: NftCommand): void {
  if ('add' in command) add(tables, command.add as NftObject);
  else remove(tables, command.delete as NftObject);
}

function add(tables: Map<string, Table>, { table, chain, rule, set, element }: NftObject): void {
  if (table) tables.set(table.name, tables.get(table.name) ?? { sets: new Map(), rules: [] });
  else if (chain) tableOf(tables, chain.table);
  else if (rule) tableOf(tables, rule.table).rules.push(rule);
  else if (set) tableOf(tables, set.table).sets.set(set.name, new Set((set.elem ?? []).map(elementText)));
  else if (element) for (const text of element.elem.map(elementText)) setOf(tables, element).add(text);
  else throw new Error('nft: does not know what to add');
}

function remove(tables: Map<string, Table>, { table, element }: NftObject): void {
  if (table) tables.delete(table.name);
  else if (element) {
    for (const text of element.elem.map(elementText)) {
      if (!setOf(tables, element).delete(text)) throw new Error(`nft: no element ${text}`);
    }
  } else throw new Error('nft: does not know what to delete');
}

function tableOf(tables: Map<string, Table>, name: string): Table {
  const table = tables.get(name);
  if (!table) throw new Error(`nft: no table ${name}`);
  return table;
}

function setOf(tables: Map<string, Table>, { table, name }: { table: string; name: string }): Set<string> {
  const set = tableOf(tables, table).sets.get(name);
  if (!set) throw new Error(`nft: no set ${name}`);
  return set;
}

function elementText(element: unknown): string {
  return typeof element === 'string' ? element : (element as { concat: string[] }).concat.join(' . ');
}

function indented(facts: ReadonlyMap<string, string>): string[] {
  return [...facts].map(([fact, value]) => `  ${fact}: ${value}`).sort();
}
