import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EventLog } from '../../../lib/events/event-log.js';
import { parseIpv4 } from '../../../lib/ip/ipv4.js';
import { silentLog } from '../../../lib/log.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { trailDuring } from '../../../lib/testing/verb.js';
import type { NetworkStore } from '../app/ports.js';
import { addressPool, macOf } from '../domain/address-pool.js';
import { fixedSettings } from '../domain/settings.js';
import { migrations } from './migrations.js';
import { createNetworkStore, ownIpv6Pool } from './network-store.js';

const pool = addressPool('10.77.0.0/16');
const settings = { mark: '0123456789ab', pool, tapPrefix: 'bgr', table: 'banger', dnsPort: 42069 };
const web = {
  ...{ vmUid: 'uid-web', vmName: 'web', ownerUid: 1000, nat: true },
  ...{ address: '10.77.0.10', mac: '02:ba:0a:4d:00:0a', tap: 'bgr10', policy: emptyPolicy },
};
const db = {
  ...{ vmUid: 'uid-db', vmName: 'db', ownerUid: 0, nat: false },
  ...{ address: '10.77.0.9', mac: '52:54:00:12:34:56', tap: 'bgr9', policy: emptyPolicy },
};

let folder: Awaited<ReturnType<typeof tempFolder>>;
let database: Database;
let store: NetworkStore;

beforeEach(async () => {
  folder = await tempFolder();
  open();
  store.saveFixedSettings(fixedSettings(settings));
});

afterEach(async () => {
  database.close();
  await folder.remove();
});

function open(): void {
  database = openDatabase(join(folder.path, 'netd.db'), migrations);
  store = createNetworkStore(database, settings, () => 5);
}

test('what was saved is there at the next start', () => {
  const values = [
    { path: 'net/ipv4/ip_forward', value: '0' },
    { path: 'net/ipv4/conf/all/accept_redirects', value: '1' },
  ];
  store.saveAttachment(web);
  store.saveAttachment(db);
  store.saveNatRule({ address: '172.16.0.2', link: 'veth0' });
  store.saveNatRule({ address: '172.16.0.2', link: 'veth0' });
  store.remember('ipv4', 'boot-1', values);
  database.close();
  open();
  expect(store.state()).toEqual({
    attachments: [db, web],
    natRules: [{ address: '172.16.0.2', link: 'veth0' }],
    resolved: [],
    asOf: 5,
  });
  expect(store.attachment('uid-web')).toEqual(web);
  expect(store.remembered('ipv6')).toBeUndefined();
  expect(store.remembered('ipv4')).toEqual({ bootId: 'boot-1', values });
  expect(store.fixedSettings()).toEqual({
    ipv4Pool: '10.77.0.0/16',
    tapPrefix: 'bgr',
    nftTable: 'banger',
    ipv6Pool: '',
  });
});

test('the address that was given last outlives its attachment and a change of another', () => {
  expect(store.lastGivenAddress()).toBeUndefined();
  store.saveAttachment(web);
  store.saveAttachment({ ...db, address: '10.77.0.12', tap: 'bgr12' });
  store.saveAttachment({ ...web, nat: false });
  store.deleteAttachment('uid-db');
  store.saveFixedSettings(fixedSettings(settings));
  expect(store.lastGivenAddress()).toBe(pool.network + 12);
  expect(store.state().attachments).toEqual([{ ...web, nat: false }]);
});

test('an address that is only given by request does not count as the last', () => {
  store.saveAttachment(web);
  store.saveAttachment(db);
  expect(store.lastGivenAddress()).toBe(pool.network + 10);
});

test('what the version before wrote has the cards that were made of the addresses', () => {
  database.close();
  database = openDatabase(join(folder.path, 'old.db'), migrations.slice(0, 1));
  for (const address of ['10.77.0.10', '192.168.255.254', '223.1.2.3']) {
    database.run('INSERT INTO attachment VALUES (?, ?, ?, 0, 0)', `uid-${address}`, 'web', parseIpv4(address) ?? 0);
  }
  database.close();
  database = openDatabase(join(folder.path, 'old.db'), migrations);
  const { attachments } = createNetworkStore(database, settings).state();
  expect(attachments.map(({ mac }) => mac)).toEqual(attachments.map(({ address }) => macOf(parseIpv4(address) ?? 0)));
});

test('what does not change stays the same object, in the order of addresses', () => {
  store.saveAttachment(web);
  const { attachments } = store.state();
  store.saveAttachment(db);
  store.saveAttachment({ ...db, nat: true });
  expect(store.state().attachments).toEqual([{ ...db, nat: true }, web]);
  expect(store.state().attachments[1]).toBe(attachments[0]);
  store.deleteAttachment('uid-db');
  expect(store.state().attachments).toEqual(attachments);
  // Who holds a state keeps it as it was.
  expect(attachments).toHaveLength(1);
});

test('what is forgotten is gone', () => {
  store.remember('ipv4', 'boot-1', [{ path: 'net/ipv4/ip_forward', value: '0' }]);
  store.remember('ipv6', 'boot-1', [{ path: 'net/ipv6/conf/all/forwarding', value: '0' }]);
  store.forgetRemembered('ipv4');
  expect(store.remembered('ipv6')).toBeDefined();
  store.forgetRemembered('ipv6');
  expect(store.remembered('ipv6')).toBeUndefined();
  store.saveNatRule({ address: '172.16.0.2', link: 'veth0' });
  store.deleteNatRule({ address: '172.16.0.2', link: 'veth0' });
  expect(store.remembered('ipv4')).toBeUndefined();
  expect(store.state()).toEqual({ attachments: [], natRules: [], resolved: [], asOf: 5 });
  expect(store.attachment('uid-web')).toBeUndefined();
});

describe('what domains resolve to', () => {
  const domain = 'example.org';
  const egress = [{ action: 'allow', destination: domain, port: 0, protocol: 'any' } as const];
  const asked = { ...web, policy: { ...emptyPolicy, egress } };
  const entry = (address: string, expires: number) => ({ vmUid: 'uid-web', domain, address, expires });

  test('is kept, with the longest time, while a rule is about it', () => {
    store.saveAttachment(asked);
    store.saveResolved([entry('192.0.2.1', 10), entry('192.0.2.2', 10)]);
    store.saveResolved([entry('192.0.2.1', 20)]);
    database.close();
    open();
    expect(store.state().resolved).toEqual([entry('192.0.2.1', 20), entry('192.0.2.2', 10)]);
    store.saveAttachment({ ...asked, nat: false });
    expect(store.state().resolved).toHaveLength(2);
    store.saveAttachment(web);
    expect(store.state().resolved).toEqual([]);
  });

  test('goes with its VM', () => {
    store.saveAttachment(asked);
    store.saveResolved([entry('192.0.2.1', 10)]);
    store.deleteAttachment('uid-web');
    expect(store.state().resolved).toEqual([]);
  });

  test('has a bound: the first to expire go', () => {
    store.saveAttachment(asked);
    store.saveResolved(Array.from({ length: 600 }, (_, i) => entry(`10.0.${i >> 8}.${i & 255}`, i)));
    const { resolved } = store.state();
    expect(resolved).toHaveLength(512);
    expect(Math.min(...resolved.map(({ expires }) => expires))).toBe(600 - 512);
  });
});

test('an attachment of the version before has the empty policy', () => {
  database.close();
  database = openDatabase(join(folder.path, 'before.db'), migrations.slice(0, 1));
  database.run("INSERT INTO attachment VALUES ('uid-web', 'web', ?, 1000, 1)", pool.first);
  database.close();
  database = openDatabase(join(folder.path, 'before.db'), migrations);
  expect(createNetworkStore(database, settings).attachment('uid-web')).toEqual(web);
});

test('two VMs cannot have one address', () => {
  store.saveAttachment(web);
  expect(() => store.saveAttachment({ ...db, address: web.address })).toThrow('UNIQUE');
  expect(() => store.saveAttachment({ ...db, mac: web.mac })).toThrow('UNIQUE');
});

test('the pool of this host’s own is what it was at first', () => {
  expect(ownIpv6Pool(database, () => 'fd01::/64')).toBe('fd01::/64');
  expect(ownIpv6Pool(database, () => 'fd02::/64')).toBe('fd01::/64');
});

test('what the version before remembered of kernel parameters is of IPv4', () => {
  database.close();
  database = openDatabase(join(folder.path, 'sysctls.db'), migrations.slice(0, 2));
  database.run("INSERT INTO remembered_sysctl VALUES (0, 'boot-1', 'net/ipv4/ip_forward', '0')");
  database.close();
  database = openDatabase(join(folder.path, 'sysctls.db'), migrations);
  const values = [{ path: 'net/ipv4/ip_forward', value: '0' }];
  expect(createNetworkStore(database, settings).remembered('ipv4')).toEqual({ bootId: 'boot-1', values });
});

const rule = { address: '172.16.0.2', link: 'veth0' };
test.each<[string, (to: NetworkStore) => void]>([
  ['an attachment that is saved', (to) => to.saveAttachment(web)],
  ['an attachment that is deleted', (to) => to.deleteAttachment(web.vmUid)],
  ['a rule that is saved', (to) => to.saveNatRule(rule)],
  ['a rule that is deleted', (to) => to.deleteNatRule(rule)],
])('with %s its verb is accepted', async (_what, change) => {
  const events = new EventLog(database, silentLog);
  const told = createNetworkStore(database, settings, () => 5, events);
  expect(await trailDuring(database, events, () => change(told))).toEqual(['accepted']);
});
