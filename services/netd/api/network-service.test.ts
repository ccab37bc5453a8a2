import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EnsureAttachmentRequest, NetworkServiceService } from '../../../gen/banger/netd/v1/network_service.js';
import { untold } from '../../../lib/events/happenings.js';
import { silentLog } from '../../../lib/log.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { createClient } from '../../../lib/rpc/client.js';
import type { RpcClient } from '../../../lib/rpc/contract.js';
import { toWirePolicy } from '../../../lib/rpc/network-policy.js';
import { bind, type RunningServer, serve } from '../../../lib/rpc/server.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { DomainFeed } from '../app/domain-feed.js';
import { Memory } from '../app/memory.js';
import { reconcile } from '../app/reconcile.js';
import { Serial } from '../app/serial.js';
import { addressPool } from '../domain/address-pool.js';
import { migrations } from '../store/migrations.js';
import { createNetworkStore } from '../store/network-store.js';
import { networkHandlers } from './network-service.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let database: Database;
let server: RunningServer;
let client: RpcClient<typeof NetworkServiceService>;

beforeEach(async () => {
  folder = await tempFolder();
  database = openDatabase(join(folder.path, 'netd.db'), migrations);
  const pool = addressPool('10.77.0.0/16');
  const settings = { mark: '0123456789ab', pool, tapPrefix: 'bgr', table: 'banger', dnsPort: 42069 };
  const kernel = new FakeKernel();
  kernel.addLink('veth0');
  const network = {
    settings,
    store: createNetworkStore(database, settings),
    links: kernel.links,
    firewall: kernel.firewall,
    others: kernel.others,
    forwarding: kernel.forwarding,
    forwarding6: kernel.forwarding6,
    connections: kernel.connections,
    ports: kernel.ports,
    check: async () => [],
    domains: new DomainFeed(),
    serial: new Serial(),
    memory: new Memory(),
    events: untold,
    log: silentLog,
  };
  await reconcile(network);
  const socketPath = join(folder.path, 's.sock');
  const bindings = [bind(NetworkServiceService, networkHandlers(network))];
  server = await serve({ service: 'netd', socketPath, bindings, log: silentLog });
  client = createClient(NetworkServiceService, 'netd', socketPath);
});

afterEach(async () => {
  client.close();
  await server.stop(200);
  database.close();
  await folder.remove();
});

const web = EnsureAttachmentRequest.fromPartial({ vmUid: 'uid-web', vmName: 'web', ownerUid: 1000 });
const onTheWire = {
  vmUid: 'uid-web',
  vmName: 'web',
  ipv4Address: '10.77.0.10',
  macAddress: '02:ba:0a:4d:00:0a',
  tap: 'bgr10',
  gateway: '10.77.0.1',
  nat: false,
  ipv6Address: '',
  ipv6Gateway: '',
  policy: toWirePolicy(emptyPolicy),
};

test('an attachment is the same in every answer, until it is released', async () => {
  expect(await client.ensureAttachment(web)).toEqual({ attachment: onTheWire });
  expect(await client.setNat({ vmUid: 'uid-web', nat: true })).toEqual({ attachment: { ...onTheWire, nat: true } });
  expect(await client.getAttachment({ vmUid: 'uid-web' })).toEqual({ attachment: { ...onTheWire, nat: true } });
  expect(await client.listAttachments({})).toEqual({ attachments: [{ ...onTheWire, nat: true }] });
  expect(await client.releaseAttachment({ vmUid: 'uid-web' })).toEqual({});
  await expect(client.getAttachment({ vmUid: 'uid-web' })).rejects.toMatchObject({ reason: 'ATTACHMENT_NOT_FOUND' });
});

test('the network says how much room it has', async () => {
  const network = {
    ipv4Pool: '10.77.0.0/16',
    gateway: '10.77.0.1',
    freeCount: 65525,
    nftTable: 'banger',
    ipv6Pool: '',
    ipv6Gateway: '',
    repairs: [],
    repairCount: 0,
  };
  expect(await client.getNetwork({})).toEqual(network);
  await client.ensureAttachment(web);
  expect(await client.getNetwork({})).toEqual({ ...network, freeCount: 65524 });
});

test('a NAT rule comes and goes', async () => {
  const rule = { ipv4Address: '172.16.0.2', tap: 'veth0' };
  expect(await client.putNatRule(rule)).toEqual({});
  expect(await client.deleteNatRule(rule)).toEqual({});
});

test('mistakes are told by the names of the contract, all at once', async () => {
  const fieldsOf = (call: Promise<unknown>) =>
    call.catch((error) => error.fields.map((f: { field: string }) => f.field));
  const nothing = EnsureAttachmentRequest.fromPartial({ ownerUid: -1, ipv4Address: 'x', macAddress: 'y' });
  expect(await fieldsOf(client.ensureAttachment(nothing))).toEqual([
    ...['vm_uid', 'vm_name', 'owner_uid', 'ipv4_address', 'mac_address'],
  ]);
  expect(await fieldsOf(client.putNatRule({ ipv4Address: '', tap: '' }))).toEqual(['ipv4_address', 'tap']);
  expect(await fieldsOf(client.deleteNatRule({ ipv4Address: '', tap: '' }))).toEqual(['ipv4_address', 'tap']);
  for (const call of [client.releaseAttachment({ vmUid: '' }), client.getAttachment({ vmUid: 'a/b' })]) {
    expect(await fieldsOf(call)).toEqual(['vm_uid']);
  }
});
