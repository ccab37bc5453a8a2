import { expect, test } from '@jest/globals';
import { adviceFor, type HostFacts, resolverOf, usesDnsmasqPlugin, wiringFile } from './wiring.js';

const plain: HostFacts = {
  resolvConf: 'nameserver 192.0.2.1\n',
  nsswitch: 'hosts: files dns\n',
  hasResolved: false,
  networkManager: '',
  hasDnsmasq: false,
};
const stub = 'nameserver 127.0.0.53\noptions edns0\n';
const local = 'nameserver 127.0.0.1\n';
const plugin = '[main]\nplugins=keyfile\ndns = dnsmasq\n';

test.each<[string, Partial<HostFacts>, ReturnType<typeof resolverOf>]>([
  ['servers elsewhere', {}, 'resolv.conf'],
  ['the stub of systemd-resolved', { resolvConf: stub }, 'systemd-resolved'],
  ['nss-resolve', { nsswitch: 'hosts: resolve [!UNAVAIL=return] dns', hasResolved: true }, 'systemd-resolved'],
  ['nss-resolve without its daemon', { nsswitch: 'hosts: resolve [!UNAVAIL=return] dns' }, 'resolv.conf'],
  ['systemd-resolved that nobody asks', { hasResolved: true }, 'resolv.conf'],
  ['NetworkManager’s dnsmasq', { resolvConf: local, networkManager: plugin, hasDnsmasq: true }, 'networkmanager'],
  [
    'NetworkManager’s dnsmasq, long ago',
    { resolvConf: 'nameserver 127.0.1.1\n', networkManager: plugin },
    'networkmanager',
  ],
  ['dnsmasq', { resolvConf: local, hasDnsmasq: true }, 'dnsmasq'],
  ['dnsmasq that nobody asks', { hasDnsmasq: true }, 'resolv.conf'],
  ['another one on this host', { resolvConf: local }, 'resolv.conf'],
])('%s', (_what, facts, kind) => {
  expect(resolverOf({ ...plain, ...facts })).toBe(kind);
});

test('NetworkManager starts a dnsmasq when the last setting in [main] says so', () => {
  expect(usesDnsmasqPlugin(plugin)).toBe(true);
  expect(usesDnsmasqPlugin('[ifupdown]\ndns=dnsmasq\n')).toBe(false);
  expect(usesDnsmasqPlugin(`${plugin}\n[main]\ndns=systemd-resolved\n`)).toBe(false);
  expect(usesDnsmasqPlugin('[main]\n#dns=dnsmasq\n')).toBe(false);
});

const route = { address: '127.0.0.1', port: 42069, zones: ['vm', '77.10.in-addr.arpa'] };

test('dnsmasq gets a server for every zone, and may believe private addresses in .vm', () => {
  const lines = wiringFile('dnsmasq', route)?.text.split('\n').slice(1);
  expect(lines).toEqual([
    'server=/vm/127.0.0.1#42069',
    'server=/77.10.in-addr.arpa/127.0.0.1#42069',
    'rebind-domain-ok=/vm/',
    '',
  ]);
  expect(wiringFile('networkmanager', route)?.text).toBe(wiringFile('dnsmasq', route)?.text);
});

test('by hand, the lines that other resolvers take are told, and what a plain file can do', () => {
  const text = adviceFor(route).join('\n');
  expect(text).toContain('server=/77.10.in-addr.arpa/127.0.0.1#42069');
  expect(text).toContain('forward-addr: 127.0.0.1@42069');
  expect(text).toContain('`port = 53` in [dnsd]');
  expect(adviceFor({ ...route, port: 53 }).join('\n')).not.toContain('[dnsd]');
});
