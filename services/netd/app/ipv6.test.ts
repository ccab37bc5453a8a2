import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import { ipv6Pool } from '../domain/address-pool6.js';
import { ipv6Settings } from '../domain/settings.js';
import { migrations } from '../store/migrations.js';
import { ensureAttachment } from './ensure-attachment.js';
import { getNetwork } from './get-network.js';
import type { Network } from './network.js';
import { putNatRule } from './put-nat-rule.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';
import { setNat } from './set-nat.js';

/** Guests that speak IPv6, and netds that let them or not. */

const on = { ipv6: { pool: ipv6Pool('fd12:3456:789a::/64'), routed: false } };
const other = { ipv6: { pool: ipv6Pool('fd99::/64'), routed: false } };
const policy = { allowFrom: [], egress: [], publishedPorts: [] };

let kernel: FakeKernel;
let database: Database;
let network: Network;

beforeEach(async () => {
  kernel = new FakeKernel();
  kernel.addLink('veth0');
  database = openDatabase(':memory:', migrations);
  await start(on);
});

afterEach(() => database.close());

async function start(settings: Parameters<typeof networkOn>[2]): Promise<void> {
  network = networkOn(kernel, database, settings);
  await reconcile(network);
}

const attach = (name: string, nat = false) =>
  ensureAttachment(network, { vmUid: `uid-${name}`, vmName: name, ownerUid: 0, nat, policy });
const release = (name: string) => releaseAttachment(network, `uid-${name}`);

describe('attaching', () => {
  test('gives a second address, with gateway, route, neighbour and rules of its own', async () => {
    expect(await attach('web', true)).toMatchObject({ address: '10.77.0.10', address6: 'fd12:3456:789a::a' });
    expect(getNetwork(network)).toMatchObject({ ipv6Pool: 'fd12:3456:789a::/64', ipv6Gateway: 'fe80::1' });
    for (const line of [
      '  address fe80::1/64: bgr10',
      '  address fd12:3456:789a::1/128: bgr10',
      '  route fd12:3456:789a::a/128: fd12:3456:789a::1',
      '  neighbour fd12:3456:789a::a: 02:ba:0a:4d:00:0a',
      '  guests6: bgr10 . 02:ba:0a:4d:00:0a . fd12:3456:789a::a',
      '  cards6: bgr10 . 02:ba:0a:4d:00:0a',
      '  nat6: bgr10 . fd12:3456:789a::a',
    ]) {
      expect(`${kernel}`).toContain(`${line}\n`);
    }
  });

  test('and releasing leave the host as it was; the connections of both addresses are forgotten', async () => {
    const before = `${kernel}`;
    await attach('web', true);
    kernel.addConnection('fd12:3456:789a::a', '2001:db8::1');
    await release('web');
    expect(`${kernel}`).toBe(before);
  });
});

describe('forwarding', () => {
  test('goes on with the first NAT of a guest, without loss of advertised routes, and back with the last', async () => {
    const before = `${kernel}`;
    await attach('web');
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 0');
    await setNat(network, 'uid-web', true);
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 1\nnet/ipv6/conf/eth0/accept_ra = 2');
    await start(on);
    await setNat(network, 'uid-web', false);
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 0\nnet/ipv6/conf/eth0/accept_ra = 1');
    await release('web');
    expect(`${kernel}`).toBe(before);
  });

  test('is no affair of a script’s NAT', async () => {
    await putNatRule(network, { address: '172.16.0.2', link: 'veth0' });
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 0');
  });

  test('of an earlier boot is forgotten', async () => {
    await attach('web', true);
    kernel.bootId = 'boot-2';
    await start(on);
    await release('web');
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 1');
  });
});

describe('the switch', () => {
  test('off gives guests nothing of IPv6 and touches nothing of the host’s', async () => {
    await start({});
    expect(await attach('web', true)).not.toHaveProperty('address6');
    expect(getNetwork(network)).toMatchObject({ ipv6Pool: '', ipv6Gateway: '' });
    expect(`${kernel}`).not.toMatch(/fe80::1|fd12:/);
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 0\nnet/ipv6/conf/eth0/accept_ra = 1');
  });

  test('goes off and on while VMs are attached, and takes and gives all of it', async () => {
    const right = await attach('web', true).then(() => `${kernel}`);
    await start({});
    expect(`${kernel}`).not.toMatch(/fe80::1|fd12:/);
    expect(`${kernel}`).toContain('net/ipv6/conf/all/forwarding = 0');
    await start({});
    await start(on);
    expect(`${kernel}`).toBe(right);
  });

  test('does not lead to another pool while VMs are attached', async () => {
    await attach('web');
    await expect(start(other)).rejects.toMatchObject({ reason: 'NETWORK_IN_USE', metadata: { key: 'ipv6_pool' } });
    network = networkOn(kernel, database, on);
    await release('web');
    await start(other);
    expect(await attach('web')).toMatchObject({ address6: 'fd99::b' });
  });
});

test('a route of the host into the pool keeps the first VM out', async () => {
  kernel.addLink('wg0', { 'route fd12::/16': '' });
  await expect(attach('web')).rejects.toMatchObject({
    reason: 'POOL_TAKEN',
    message: expect.stringContaining('another `ipv6_pool` in section [netd], or leave it out'),
  });
});

test('a pool that is set goes before the host’s own', () => {
  const own = 'fd00:1::/64';
  expect(ipv6Settings({ ipv6_pool: '', ipv6_routed: false }, own).pool.prefix).toBe(own);
  expect(ipv6Settings({ ipv6_pool: '2001:db8::/64', ipv6_routed: true }, own)).toMatchObject({
    pool: { prefix: '2001:db8::/64', host: '2001:db8::1' },
    routed: true,
  });
});
