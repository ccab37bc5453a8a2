import { expect, test } from '@jest/globals';
import { serviceNames } from '../lib/paths.js';
import { launcher, rightsOf } from './rights.js';

const plain = { dnsPort: 42_069, legacyTables: false };
const everything = ['net_admin', 'net_raw', 'sys_admin', 'dac_read_search', 'net_bind_service'];

test('only netd may change the network, and it may do nothing else', () => {
  expect(rightsOf('netd', plain)).toEqual({ user: 'banger-netd', capabilities: ['net_admin'], noNewPrivileges: true });
  const others = serviceNames.filter((name) => name !== 'netd');
  for (const name of others) expect(rightsOf(name, plain).capabilities).not.toContain('net_admin');
});

test('dnsd has no right at all, but for a port that takes one', () => {
  expect(rightsOf('dnsd', plain)).toEqual({ user: 'banger-dnsd', capabilities: [], noNewPrivileges: true });
  expect(rightsOf('dnsd', { ...plain, dnsPort: 53 }).capabilities).toEqual(['net_bind_service']);
  expect(rightsOf('dnsd', { ...plain, dnsPort: 0 }).capabilities).toEqual([]);
});

test('tables of the old iptables take two rights more', () => {
  expect(rightsOf('netd', { ...plain, legacyTables: true }).capabilities).toEqual([
    'net_admin',
    'net_raw',
    'dac_read_search',
  ]);
});

test('a service of a user of its own keeps its rights beyond the change of user, and can gain none', () => {
  const identity = { uid: 71, gid: 72, socketGid: 70 };
  expect(launcher(rightsOf('netd', plain), identity, everything)).toEqual([
    ...['setpriv', '--reuid=71', '--regid=72', '--groups=70'],
    ...['--inh-caps=-all,+net_admin', '--ambient-caps=-all,+net_admin', '--bounding-set=-all,+net_admin'],
    ...['--no-new-privs', '--'],
  ]);
});

test('what the supervisor has not got is not given', () => {
  expect(launcher(rightsOf('vmm', plain), undefined, ['net_admin', 'sys_admin', 'kill'])).toEqual([
    'setpriv',
    '--bounding-set=-all,+sys_admin,+kill',
    '--no-new-privs',
    '--',
  ]);
});
