import { expect, test } from '@jest/globals';
import { type Asked, traceLookup, wiringOf } from './lookup.js';
import type { PresentFile } from './plan.js';
import { type HostFacts, type ResolverKind, wiringFile } from './wiring.js';

const route = { address: '127.0.0.1', port: 42069, zones: ['vm'] };
const facts: HostFacts = {
  resolvConf: 'nameserver 127.0.0.53\n',
  nsswitch: 'hosts: files dns\n',
  hasResolved: true,
  networkManager: '',
  hasDnsmasq: false,
};
const told = (kind: ResolverKind): PresentFile[] => {
  const file = wiringFile(kind, route);
  return file ? [{ kind, ...file }] : [];
};
const right: Asked = { addresses: ['10.77.0.10'] };
const unknown: Asked = { error: 'ENOTFOUND' };

interface Case {
  readonly facts?: Partial<HostFacts>;
  readonly present?: readonly PresentFile[];
  readonly hasLink?: boolean;
  readonly dnsd?: Asked;
  readonly resolver?: Asked;
  readonly program?: Asked;
}

async function trace(given: Case) {
  const host = { ...facts, ...given.facts };
  const wiring = wiringOf(host, route, given.present ?? told('systemd-resolved'), given.hasLink ?? true);
  const { works, stops } = await traceLookup('web.vm', host, route, wiring, {
    ask: async (_name, { port }) => (port === 53 ? given.resolver : given.dnsd) ?? right,
    program: async () => given.program ?? right,
  });
  const failing = stops.filter(({ ok }) => !ok);
  return {
    works,
    server: wiring.server,
    at: failing.map(({ at }) => at),
    text: failing.map((s) => `${s.found} → ${s.remedy}`),
  };
}

test('a lookup that works has nothing to tell', async () => {
  expect(await trace({})).toEqual({ works: true, server: '127.0.0.53', at: [], text: [] });
});

const nothing = { resolver: unknown, program: unknown };
test.each<[string, Case, string, string]>([
  ['a resolver that is not told', { present: [], ...nothing }, 'route', 'sudo banger dns install'],
  [
    'one that is told an older route',
    { present: told('systemd-resolved').map((f) => ({ ...f, text: f.text.replace('42069', '53') })), ...nothing },
    'route',
    'older route → sudo banger dns install',
  ],
  ['a route whose link is away', { hasLink: false, ...nothing }, 'route', 'systemctl restart banger-dns.service'],
  ['a plain file', { facts: { resolvConf: 'nameserver 192.0.2.1\n' }, ...nothing }, 'route', 'add by hand'],
  ['sources without DNS', { facts: { nsswitch: 'hosts: files\n' }, program: unknown }, 'sources', 'add `dns`'],
  [
    'a resolver that does not answer',
    { resolver: { error: 'ETIMEOUT' }, program: unknown },
    'its answer',
    'no answer in time',
  ],
  ['a name without a VM', { dnsd: unknown, ...nothing }, 'its answer', 'there is no such name'],
  [
    'a resolver that says something else',
    { resolver: { addresses: ['6.6.6.6'] }, program: unknown },
    'its answer',
    '6.6.6.6',
  ],
])('%s is where it fails', async (_what, given, at, text) => {
  const found = await trace(given);
  expect(found.works).toBe(false);
  expect(found.at[0]).toBe(at);
  expect(found.text[0]).toContain(text);
});

test('a dnsd that is away or knows no such VM is told as such', async () => {
  const gone = await trace({ dnsd: { error: 'ECONNREFUSED' }, ...nothing });
  expect(gone.text).toContain('nobody answers, from 127.0.0.1 port 42069 → `banger doctor --only dns`');
  expect((await trace({ dnsd: unknown, ...nothing })).text.join()).toContain('no VM has that name');
});

test('dnsd at port 53, first in a plain file, needs nobody else', () => {
  const host = { ...facts, resolvConf: 'nameserver 127.0.0.1\nnameserver 192.0.2.1\n', hasResolved: false };
  expect(wiringOf(host, { ...route, port: 53 }, [], false).stop.ok).toBe(true);
  expect(wiringOf(host, route, [], false).stop.ok).toBe(false);
});
