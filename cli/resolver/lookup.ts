import { parseNameServers } from '../../lib/host/resolv-conf.js';
import { hostsSources } from './hosts-line.js';
import { isOurs, type PresentFile } from './plan.js';
import { type HostFacts, linkName, type ResolverKind, type Route, resolverOf, unitName, wiringFile } from './wiring.js';

/** What came of asking for a name: its addresses, or why there are none, such as ENOTFOUND. */
export type Asked = { readonly addresses: readonly string[] } | { readonly error: string };

/** How names are asked for. */
export interface Lookups {
  /** Asks a name server. */
  ask(name: string, server: { readonly address: string; readonly port: number }): Promise<Asked>;
  /** Asks as programs do, by getaddrinfo(3). */
  program(name: string): Promise<Asked>;
}

/** One place on the way of a lookup. */
export interface Stop {
  readonly at: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do; empty when nothing has to be done here. */
  readonly remedy: string;
}

export interface Wiring {
  readonly kind: ResolverKind;
  /** Where programs' questions go. */
  readonly server: string;
  readonly stop: Stop;
}

/** Whether the host's resolver is told of our zones. */
export function wiringOf(facts: HostFacts, route: Route, present: readonly PresentFile[], hasLink: boolean): Wiring {
  const kind = resolverOf(facts);
  const [first = ''] = parseNameServers(facts.resolvConf);
  const server = kind === 'systemd-resolved' ? '127.0.0.53' : first;
  return { kind, server, stop: { at: 'route', ...routeStop(kind, route, present, { first, hasLink }) } };
}

function routeStop(
  kind: ResolverKind,
  route: Route,
  present: readonly PresentFile[],
  host: { readonly first: string; readonly hasLink: boolean },
): Omit<Stop, 'at'> {
  const file = wiringFile(kind, route);
  const install = 'sudo banger dns install';
  if (file === undefined) return byHand(route, host.first);
  const current = present.find(({ path }) => path === file.path);
  if (current === undefined) return { ok: false, found: `${kind} is not told who answers for .vm`, remedy: install };
  if (!isOurs(current)) return { ok: true, found: `${file.path} is there, and is not of banger`, remedy: '' };
  if (current.text !== file.text) return { ok: false, found: `${file.path} tells an older route`, remedy: install };
  if (kind === 'systemd-resolved' && !host.hasLink) {
    const found = `the link ${linkName} is not there: its service does not run`;
    return { ok: false, found, remedy: `sudo systemctl restart ${unitName}; journalctl -u ${unitName}` };
  }
  return { ok: true, found: `${route.zones.map((zone) => `.${zone}`).join(', ')} by ${file.path}`, remedy: '' };
}

function byHand(route: Route, first: string): Omit<Stop, 'at'> {
  const isFirst = first === route.address && route.port === 53;
  if (isFirst) return { ok: true, found: 'dnsd is the first server in /etc/resolv.conf', remedy: '' };
  const found = 'nothing here tells who answers for .vm: /etc/resolv.conf cannot';
  return { ok: false, found, remedy: '`banger dns install` prints what to add by hand' };
}

/** Follows a lookup from a program to dnsd and back. It works when a program gets what dnsd says. */
export async function traceLookup(
  name: string,
  facts: HostFacts,
  route: Route,
  wiring: Wiring,
  lookups: Lookups,
): Promise<{ readonly works: boolean; readonly stops: Stop[] }> {
  const [own, passed, got] = await Promise.all([
    lookups.ask(name, route),
    lookups.ask(name, { address: wiring.server, port: 53 }),
    lookups.program(name),
  ]);
  const right = 'addresses' in own ? own.addresses : [];
  const same = (asked: Asked) => 'addresses' in asked && asked.addresses.some((address) => right.includes(address));
  const works = right.length > 0 && same(got);
  const stops = [
    sourcesStop(facts),
    { at: 'resolver', ok: true, found: `${wiring.kind}, at ${wiring.server}`, remedy: '' },
    wiring.stop,
    answerStop('its answer', passed, same(passed), wiring.stop.ok ? 'look at the log of that resolver' : ''),
    dnsdStop(own, route),
    answerStop('programs', got, works, ''),
  ];
  return { works, stops };
}

function sourcesStop({ nsswitch }: HostFacts): Stop {
  const sources = hostsSources(nsswitch);
  const ok = sources.some((source) => source === 'dns' || source === 'resolve');
  const remedy = ok ? '' : 'add `dns` to the line `hosts:` in /etc/nsswitch.conf';
  return { at: 'sources', ok, found: `${sources.join(', ')}, by /etc/nsswitch.conf`, remedy };
}

function answerStop(at: string, asked: Asked, ok: boolean, remedy: string): Stop {
  return { at, ok, found: said(asked), remedy: ok ? '' : remedy };
}

function dnsdStop(asked: Asked, { address, port }: Route): Stop {
  const where = `${said(asked)}, from ${address} port ${port}`;
  if ('addresses' in asked) return { at: 'dnsd', ok: true, found: where, remedy: '' };
  const isUnknown = asked.error === 'ENOTFOUND' || asked.error === 'ENODATA';
  const remedy = isUnknown
    ? 'no VM has that name: `banger vm list` has those that there are'
    : '`banger doctor --only dns`';
  return { at: 'dnsd', ok: false, found: where, remedy };
}

const meanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no address',
  ECONNREFUSED: 'nobody answers',
  ETIMEOUT: 'no answer in time',
  EREFUSED: 'it refuses to answer',
  ESERVFAIL: 'it could not find out',
  EAI_AGAIN: 'it could not find out',
};

function said(asked: Asked): string {
  return 'addresses' in asked ? asked.addresses.join(', ') : (meanings[asked.error] ?? asked.error);
}
