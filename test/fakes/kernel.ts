import type {
  Connections,
  Firewall,
  Forwarding,
  HostPorts,
  Ipv6Forwarding,
  Links,
  Sysctl,
} from '../../services/netd/app/ports.js';
import { chainLines, comments, runCommand, setLines, type Table } from './nft-tables.js';
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
    ['net/ipv6/conf/all/forwarding', '0'],
    ['net/ipv6/conf/eth0/accept_ra', '1'],
  ]);
  readonly #open = new Set<string>();
  readonly #connections = new Set<string>();
  readonly #failing = new Set<FailingPart>();
  /** Where programs of the host listen, as "8080/tcp". */
  readonly #listening = new Set<string>();
  /** Lines that it will not run, whenever they come; those before them in a batch stand. */
  refuse: RegExp | undefined;
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
      for (const line of lines) {
        if (this.refuse?.test(line)) throw new Error(`ip: cannot ${line}`);
        this.#runLine(line);
      }
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
    snapshot: async () => this.#snapshot('net/ipv4/'),
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

  readonly forwarding6: Ipv6Forwarding = {
    isOn: async () => this.#sysctls.get('net/ipv6/conf/all/forwarding') === '1',
    turnOn: async () => {
      this.#failWhenAsked('sysctl');
      this.#sysctls.set('net/ipv6/conf/eth0/accept_ra', '2');
      this.#sysctls.set('net/ipv6/conf/all/forwarding', '1');
    },
    snapshot: async () => this.#snapshot('net/ipv6/'),
    restore: this.forwarding.restore,
  };

  #snapshot(start: string): Sysctl[] {
    const values = [...this.#sysctls].map(([path, value]) => ({ path, value }));
    return values.filter(({ path }) => path.startsWith(start));
  }

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
      /^address replace (\S+) dev (\S+)(?: label (\S+)| nodad)?$/,
      (line, address, link, label = link) => this.#set(link, `address ${address}`, label, line),
    ],
    [
      /^(address|route) delete (\S+) dev (\S+)(?: label \S+)?$/,
      (line, what, target, link = '') => this.#must(this.#links.get(link)?.delete(`${what} ${target}`) ?? false, line),
    ],
    [/^neighbour flush dev (\S+) nud permanent to (\S+)::\/64$/, (_, link = '', start) => this.#flush(link, start)],
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

  #flush(link: string, start = ''): void {
    const facts = this.#links.get(link);
    for (const fact of facts?.keys() ?? []) if (fact.startsWith(`neighbour ${start}:`)) facts?.delete(fact);
  }

  #must(holds: boolean, line: string): void {
    if (!holds) throw new Error(`ip: cannot: ${line}`);
  }
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
