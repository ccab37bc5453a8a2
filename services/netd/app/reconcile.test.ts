import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CheckHost, HostFinding } from '../../../lib/finding.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { toolLackFor } from '../../../test/fakes/findings.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn as newNetwork } from '../../../test/fakes/network.js';
import { addressPool } from '../domain/address-pool.js';
import { migrations } from '../store/migrations.js';
import { ensureAttachment } from './ensure-attachment.js';
import type { Network } from './network.js';
import { putNatRule } from './put-nat-rule.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';

let kernel: FakeKernel;
let database: Database;
let network: Network;
let missing: HostFinding[];

beforeEach(async () => {
  kernel = new FakeKernel();
  kernel.addLink('veth0');
  database = openDatabase(':memory:', migrations);
  missing = [];
  network = networkOn(kernel);
  await reconcile(network);
});

afterEach(() => database.close());

/** A netd that has just been started on this kernel with the one database. */
function networkOn(on: FakeKernel, changed: Partial<Network['settings']> = {}): Network {
  const check: CheckHost = async (wanted) => missing.filter(({ purpose }) => wanted.includes(purpose));
  return { ...newNetwork(on, database, changed), check };
}

const request = (name: string, nat = false) => ({
  vmUid: `uid-${name}`,
  vmName: name,
  ownerUid: 1000,
  nat,
  policy: emptyPolicy,
});
const attach = (name: string, nat = false) => ensureAttachment(network, request(name, nat));
const release = (name: string) => releaseAttachment(network, `uid-${name}`);
const script = { address: '172.16.0.2', link: 'veth0' };

describe('starting', () => {
  const restart = async (changed: Partial<Network['settings']> = {}) => {
    network = networkOn(kernel, changed);
    await reconcile(network);
  };

  test('one VM whose network cannot be put back keeps no other from its own, nor netd from its start', async () => {
    for (const name of ['bad', 'web', 'db']) await attach(name);
    kernel = new FakeKernel();
    kernel.refuse = /10\.77\.0\.10/;
    await restart();
    expect(kernel.toString()).toContain('route 10.77.0.11/32');
    expect(kernel.toString()).toContain('route 10.77.0.12/32');
    expect(kernel.toString()).not.toContain('route 10.77.0.10/32');
    kernel.refuse = undefined;
    await attach('bad');
    expect(kernel.toString()).toContain('route 10.77.0.10/32');
  });

  test('changes nothing when all is right', async () => {
    await attach('web', true);
    await putNatRule(network, script);
    const right = `${kernel}`;
    await restart();
    expect(`${kernel}`).toBe(right);
  });

  test('puts everything back on a kernel that has forgotten it', async () => {
    await attach('web', true);
    const right = `${kernel}`;
    kernel = new FakeKernel();
    kernel.addLink('veth0');
    await restart();
    expect(`${kernel}`).toBe(right);
  });

  test('removes taps, gateway and table that bear our mark and belong to nobody, and no others', async () => {
    kernel.addLink('bgr12', { alias: 'banger:ba9876543210:0:theirs', 'tap of user': '0' });
    kernel.addLink('bgr13', { 'tap of user': '0' });
    const before = `${kernel}`;
    await attach('web');
    database.run('DELETE FROM attachment');
    await restart();
    expect(`${kernel}`).toBe(before);
  });

  test('goes on when one tap’s name is taken', async () => {
    await attach('web');
    await attach('db');
    kernel.addLink('bgr10', { alias: 'mine' });
    kernel.removeLink('bgr11');
    await restart();
    expect(`${kernel}`).toContain('alias: mine');
    expect(`${kernel}`).toContain('alias: banger:0123456789ab:1000:db');
  });

  test('leaves a table of someone else alone', async () => {
    kernel.addTable('banger');
    const before = `${kernel}`;
    await restart();
    expect(`${kernel}`).toBe(before);
  });

  test.each([
    ['ipv4_pool', { pool: addressPool('10.78.0.0/28') }],
    ['tap_prefix', { tapPrefix: 'dev' }],
    ['nft_table', { table: 'banger_dev' }],
  ])('refuses another %s while VMs are attached, and takes it afterwards', async (key, changed) => {
    await attach('web');
    const refused = reconcile(networkOn(kernel, changed));
    await expect(refused).rejects.toMatchObject({ reason: 'NETWORK_IN_USE', metadata: { key } });
    await release('web');
    await restart(changed);
    expect(await attach('web')).toMatchObject({ vmName: 'web' });
  });

  test('forgets how forwarding was in an earlier boot', async () => {
    await attach('web', true);
    kernel.bootId = 'boot-2';
    await restart();
    await release('web');
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
  });

  test('on a host that lacks something works while there is nothing to put back', async () => {
    missing = [toolLackFor('vm-start', 'ip', 'apt install iproute2')];
    await restart();
    missing = [];
    await attach('web');
    missing = [toolLackFor('vm-start', 'ip', 'apt install iproute2')];
    await expect(restart()).rejects.toMatchObject({ reason: 'HOST_NOT_READY' });
  });
});
