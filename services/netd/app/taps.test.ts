import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { untold } from '../../../lib/events/happenings.js';
import { silentLog } from '../../../lib/log.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { addressPool } from '../domain/address-pool.js';
import { migrations } from '../store/migrations.js';
import { createNetworkStore } from '../store/network-store.js';
import { DomainFeed } from './domain-feed.js';
import { ensureAttachment } from './ensure-attachment.js';
import { getAttachment } from './get-attachment.js';
import { Memory } from './memory.js';
import type { Network } from './network.js';
import { reconcile } from './reconcile.js';
import { Serial } from './serial.js';

/** A VM whose hypervisor gets a user of its own from its next start on: its tap must be that user's. */

const settings = {
  mark: '0123456789ab',
  pool: addressPool('10.77.0.0/28'),
  tapPrefix: 'bgr',
  table: 'banger',
  dnsPort: 42069,
};
const free = { vmUid: 'uid-web', vmName: 'web', ownerUid: 1000, nat: false, policy: emptyPolicy };
const jailed = { ...free, ownerUid: 7000 };

let kernel: FakeKernel;
let database: Database;
let network: Network;

beforeEach(async () => {
  kernel = new FakeKernel();
  database = openDatabase(':memory:', migrations);
  const { links, firewall, others, forwarding, forwarding6, connections, ports } = kernel;
  const store = createNetworkStore(database, settings);
  const check = async () => [];
  const [serial, domains] = [new Serial(), new DomainFeed()];
  const host = { links, firewall, others, forwarding, forwarding6, connections, ports };
  network = { settings, store, ...host, check, serial, domains, memory: new Memory(), events: untold, log: silentLog };
  await reconcile(network);
});

afterEach(() => database.close());

const attach = (request = free) => ensureAttachment(network, request);

describe('another owner', () => {
  test('gets a tap of its own, with everything that was on the former', async () => {
    const first = await attach();
    const right = `${kernel}`;
    expect(await attach(jailed)).toEqual({ ...first, ownerUid: 7000 });
    expect(`${kernel}`).toBe(right.replace('user: 1000', 'user: 7000').replace(':1000:web', ':7000:web'));
  });

  test('is TAP_IN_USE while a process has the tap open, and nothing changes', async () => {
    const first = await attach();
    const right = `${kernel}`;
    kernel.openTap('bgr10');
    await expect(attach(jailed)).rejects.toMatchObject({
      kind: 'wrong-state',
      reason: 'TAP_IN_USE',
      metadata: { vm: 'web', tap: 'bgr10', from: '1000', to: '7000' },
    });
    expect(getAttachment(network, 'uid-web')).toEqual(first);
    expect(`${kernel}`).toBe(right);
    kernel.closeTap('bgr10');
    expect(await attach(jailed)).toMatchObject({ ownerUid: 7000 });
  });

  test('of a VM that is attached does not keep a start from mending the others', async () => {
    await attach();
    await ensureAttachment(network, { vmUid: 'uid-db', vmName: 'db', ownerUid: 0, nat: false, policy: emptyPolicy });
    network.store.saveAttachment({ ...getAttachment(network, 'uid-web'), ownerUid: 7000 });
    kernel.openTap('bgr10');
    kernel.removeLink('bgr11');
    await reconcile(network);
    expect(`${kernel}`).toContain('alias: banger:0123456789ab:1000:web');
    expect(`${kernel}`).toContain('alias: banger:0123456789ab:0:db');
    kernel.closeTap('bgr10');
    await reconcile(network);
    expect(`${kernel}`).toContain('alias: banger:0123456789ab:7000:web');
  });
});
