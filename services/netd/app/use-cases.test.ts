import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CheckHost, HostFinding } from '../../../lib/finding.js';
import { emptyPolicy, type NetworkPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { toolLackFor } from '../../../test/fakes/findings.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn as newNetwork } from '../../../test/fakes/network.js';
import { migrations } from '../store/migrations.js';
import { resolutionsOf } from './allow-resolved.js';
import { deleteNatRule } from './delete-nat-rule.js';
import { ensureAttachment } from './ensure-attachment.js';
import { getAttachment } from './get-attachment.js';
import { getNetwork } from './get-network.js';
import { listAttachments } from './list-attachments.js';
import type { Network } from './network.js';
import { putNatRule } from './put-nat-rule.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';
import { setNat } from './set-nat.js';
import { setPolicy } from './set-policy.js';

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

describe('attaching', () => {
  test('makes tap, route, neighbour, gateway and rules, in one batch and one transaction', async () => {
    kernel.calls.ip = 0;
    kernel.calls.nft = 0;
    expect(await attach('web')).toEqual({
      ...request('web'),
      address: '10.77.0.10',
      mac: '02:ba:0a:4d:00:0a',
      tap: 'bgr10',
    });
    expect(kernel.calls).toEqual({ ip: 1, nft: 1 });
    expect(`${kernel}`).toBe(
      [
        'bgr10',
        '  address 10.77.0.1/32: bgr10',
        '  alias: banger:0123456789ab:1000:web',
        '  neighbour 10.77.0.10: 02:ba:0a:4d:00:0a',
        '  route 10.77.0.10/32: 10.77.0.1',
        '  tap of user: 1000',
        'lo',
        '  address 10.77.0.1/32: lo:0123456789ab',
        '  address 127.0.0.1/8: lo',
        'veth0',
        'table banger of banger:0123456789ab',
        '  guests: bgr10 . 02:ba:0a:4d:00:0a . 10.77.0.10',
        '  taps: bgr10',
        'net/ipv4/conf/all/accept_redirects = 1',
        'net/ipv4/conf/eth0/forwarding = 0',
        'net/ipv4/ip_forward = 0',
        'net/ipv6/conf/all/forwarding = 0',
        'net/ipv6/conf/eth0/accept_ra = 1',
      ].join('\n'),
    );
  });

  test('again changes nothing, and mends what someone else has broken', async () => {
    const first = await attach('web');
    const right = `${kernel}`;
    expect(await attach('web')).toEqual(first);
    expect(`${kernel}`).toBe(right);
    kernel.removeLink('bgr10');
    kernel.removeTable('banger');
    expect(await attach('web')).toEqual(first);
    expect(`${kernel}`).toBe(right);
  });

  test('again takes a new name, owner and NAT', async () => {
    const first = await attach('web');
    await ensureAttachment(network, { ...request('web', true), vmName: 'www', ownerUid: 0 });
    expect(getAttachment(network, 'uid-web')).toEqual({ ...first, vmName: 'www', ownerUid: 0, nat: true });
    expect(`${kernel}`).toContain('  alias: banger:0123456789ab:0:www');
    expect(`${kernel}`).toContain('  tap of user: 0');
    expect(`${kernel}`).toContain('  nat: bgr10 . 10.77.0.10');
  });

  test('a second VM when someone has removed the table brings both VMs’ rules back', async () => {
    await attach('web');
    kernel.removeTable('banger');
    await attach('db');
    expect(`${kernel}`).toContain('  taps: bgr10, bgr11');
  });

  test('many at once gives each an address of its own', async () => {
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => attach(name)));
    expect(new Set(all.map(({ address }) => address)).size).toBe(5);
    expect(getNetwork(network).freeCount).toBe(0);
    await expect(attach('f')).rejects.toMatchObject({ kind: 'exhausted', reason: 'POOL_EXHAUSTED' });
    expect(listAttachments(network)).toEqual(all);
  });

  test('tells all field mistakes at once and touches nothing', async () => {
    const before = `${kernel}`;
    const bad = { vmUid: 'a b', vmName: 'Web', ownerUid: -1, nat: false, policy: emptyPolicy };
    expect(() => ensureAttachment(network, bad)).toThrow(
      expect.objectContaining({
        reason: 'INVALID_REQUEST',
        fields: [
          expect.objectContaining({ field: 'vm_uid' }),
          expect.objectContaining({ field: 'vm_name' }),
          expect.objectContaining({ field: 'owner_uid' }),
        ],
      }),
    );
    expect(`${kernel}`).toBe(before);
  });

  test.each([
    ['tap', 'TAP_NAME_TAKEN', () => kernel.addLink('bgr10', { alias: 'banger:ba9876543210:0:web' })],
    ['unmarked interface', 'TAP_NAME_TAKEN', () => kernel.addLink('bgr10')],
    ['table', 'TABLE_TAKEN', () => kernel.addTable('banger')],
    ['pool', 'POOL_TAKEN', () => kernel.addLink('eth0', { 'address 10.77.0.3/24': 'eth0' })],
    ['gateway', 'POOL_TAKEN', () => kernel.addLink('lo', { 'address 10.77.0.1/32': 'lo:ba9876543210' })],
  ])('leaves a %s of someone else alone', async (_what, reason, occupy) => {
    occupy();
    const before = `${kernel}`;
    await expect(attach('web')).rejects.toMatchObject({ kind: 'wrong-state', reason });
    expect(`${kernel}`).toBe(before);
    expect(listAttachments(network)).toEqual([]);
  });

  test('says all that the host lacks', async () => {
    missing = [toolLackFor('vm-start', 'nft', 'apt install nftables')];
    const preconditions = [{ type: 'TOOL', subject: 'nft', description: 'apt install nftables' }];
    await expect(attach('web')).rejects.toMatchObject({ reason: 'HOST_NOT_READY', preconditions });
    expect(listAttachments(network)).toEqual([]);
  });
});

describe('releasing', () => {
  test('the last leaves the host as it was', async () => {
    const before = `${kernel}`;
    await attach('web', true);
    await attach('db');
    await release('web');
    expect(listAttachments(network).map(({ vmName }) => vmName)).toEqual(['db']);
    expect(`${kernel}`).not.toContain('bgr10');
    await release('db');
    await release('db');
    expect(`${kernel}`).toBe(before);
  });

  test('does not remove an interface that has taken the tap’s name', async () => {
    await attach('web');
    kernel.addLink('bgr10', { alias: 'mine' });
    await release('web');
    expect(`${kernel}`).toContain('alias: mine');
  });

  test('works when tap, table and gateway are gone already', async () => {
    const before = `${kernel}`;
    await attach('web');
    kernel.removeLink('bgr10');
    kernel.removeTable('banger');
    kernel.addLink('lo', { 'address 127.0.0.1/8': 'lo' });
    await release('web');
    expect(`${kernel}`).toBe(before);
  });
});

describe('NAT', () => {
  test('turns forwarding on with the first, and back as it was with the last', async () => {
    kernel.setSysctl('net/ipv4/conf/all/accept_redirects', '0');
    const before = `${kernel}`;
    await attach('web');
    await attach('db', true);
    await setNat(network, 'uid-web', true);
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
    await setNat(network, 'uid-db', false);
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
    expect(await setNat(network, 'uid-web', false)).toMatchObject({ nat: false });
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 0');
    await Promise.all([release('web'), release('db')]);
    expect(`${kernel}`).toBe(before);
  });

  test('leaves forwarding alone where the host forwards anyway', async () => {
    kernel.setSysctl('net/ipv4/ip_forward', '1');
    const before = `${kernel}`;
    await attach('web', true);
    await release('web');
    expect(`${kernel}`).toBe(before);
  });

  test('of a VM that is not attached is ATTACHMENT_NOT_FOUND', async () => {
    await expect(setNat(network, 'uid-web', true)).rejects.toMatchObject({ reason: 'ATTACHMENT_NOT_FOUND' });
    expect(() => getAttachment(network, 'uid-web')).toThrow('not attached');
  });

  test('for a script’s interface is put, repeated and taken back', async () => {
    const before = `${kernel}`;
    await putNatRule(network, script);
    await putNatRule(network, script);
    expect(`${kernel}`).toContain('  nat: veth0 . 172.16.0.2');
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
    expect(`${kernel}`).not.toContain('10.77.0.1');
    await deleteNatRule(network, script);
    await deleteNatRule(network, script);
    expect(`${kernel}`).toBe(before);
  });

  test('for an interface that is not there is INTERFACE_NOT_FOUND; taking it back works without', async () => {
    const nowhere = putNatRule(network, { ...script, link: 'veth9' });
    await expect(nowhere).rejects.toMatchObject({ kind: 'not-found', reason: 'INTERFACE_NOT_FOUND' });
    const before = `${kernel}`;
    kernel.addLink('veth1');
    await putNatRule(network, { ...script, link: 'veth1' });
    kernel.removeLink('veth1');
    await deleteNatRule(network, { ...script, link: 'veth1' });
    expect(`${kernel}`).toBe(before);
  });
});

const somePolicies = fc.constantFrom<NetworkPolicy>(
  emptyPolicy,
  { ...emptyPolicy, allowFrom: ['a', 'b', '192.0.2.0/24'] },
  { ...emptyPolicy, egress: [{ action: 'allow', destination: 'example.org', port: 443, protocol: 'tcp' }] },
  { ...emptyPolicy, egress: [{ action: 'deny', destination: 'all', port: 0, protocol: 'any' }] },
  { ...emptyPolicy, publishedPorts: [{ hostAddress: '', hostPort: 80, guestPort: 80, protocol: 'tcp' }] },
  { ...emptyPolicy, publishedPorts: [{ hostAddress: '127.0.0.1', hostPort: 80, guestPort: 8080, protocol: 'tcp' }] },
);

function resolve(guestAddress: string): Promise<void> {
  const addresses = ['198.51.100.7', '198.51.100.8'];
  return resolutionsOf(network)({ guestAddress, name: 'example.org', addresses, ttlSeconds: 60 });
}

/** Whatever fails, and wherever netd is killed: the next start makes host and store agree, and nothing is left over. */
test('after any failures and crashes, a start makes the host what the store says', async () => {
  const names = ['a', 'b', 'c'] as const;
  const act = fc.oneof(
    fc.record({ do: fc.constant('attach' as const), name: fc.constantFrom(...names), nat: fc.boolean() }),
    fc.record({ do: fc.constant('release' as const), name: fc.constantFrom(...names) }),
    fc.record({ do: fc.constant('nat' as const), name: fc.constantFrom(...names), nat: fc.boolean() }),
    fc.record({ do: fc.constant('policy' as const), name: fc.constantFrom(...names), policy: somePolicies }),
    fc.record({ do: fc.constant('resolve' as const), last: fc.integer({ min: 10, max: 13 }) }),
    fc.record({ do: fc.constant('put' as const) }),
    fc.record({ do: fc.constant('delete' as const) }),
    fc.record({
      do: fc.constant('fail' as const),
      what: fc.constantFrom('ip' as const, 'nft' as const, 'sysctl' as const, 'conntrack' as const),
    }),
    fc.record({ do: fc.constant('restart' as const) }),
  );
  type Step = typeof act extends fc.Arbitrary<infer T> ? T : never;
  const run = (step: Step): Promise<unknown> | undefined => {
    if (step.do === 'attach') return attach(step.name, step.nat);
    if (step.do === 'release') return release(step.name);
    if (step.do === 'nat') return setNat(network, `uid-${step.name}`, step.nat);
    if (step.do === 'policy') return setPolicy(network, `uid-${step.name}`, step.policy);
    if (step.do === 'resolve') return resolve(`10.77.0.${step.last}`);
    if (step.do === 'put') return putNatRule(network, script);
    if (step.do === 'delete') return deleteNatRule(network, script);
    if (step.do === 'restart') return reconcile(networkOn(kernel));
    kernel.fail(step.what);
    return undefined;
  };
  const scenario = fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (steps) => {
    for (const table of ['attachment', 'nat_rule', 'remembered_sysctl', 'network'])
      database.run(`DELETE FROM ${table}`);
    kernel = new FakeKernel();
    kernel.addLink('veth0');
    const untouched = `${kernel}`;
    network = networkOn(kernel);
    await reconcile(network);
    for (const step of steps) await run(step)?.catch(() => undefined);
    kernel.stopFailing();
    await reconcile(networkOn(kernel));
    const fresh = new FakeKernel();
    fresh.addLink('veth0');
    await reconcile(networkOn(fresh));
    expect(`${kernel}`).toBe(`${fresh}`);
    await Promise.all(names.map(release));
    await deleteNatRule(network, script);
    expect(`${kernel}`).toBe(untouched);
  });
  await fc.assert(scenario, { numRuns: 300 });
});
