import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import type { AttachmentRequest } from '../domain/attachment.js';
import { migrations } from '../store/migrations.js';
import { ensureAttachment } from './ensure-attachment.js';
import { getNetwork } from './get-network.js';
import type { Network } from './network.js';
import { checkPlace } from './place.js';
import { hostCheck } from './pool-check.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';

/** Which address a VM gets, and what it finds there. */

let kernel: FakeKernel;
let database: Database;
let network: Network;

beforeEach(async () => {
  kernel = new FakeKernel();
  database = openDatabase(':memory:', migrations);
  network = networkOn(kernel, database);
  await reconcile(network);
});

afterEach(() => database.close());

const request = (name: string, wish: Pick<AttachmentRequest, 'address' | 'mac'> = {}) => {
  return { vmUid: `uid-${name}`, vmName: name, ownerUid: 0, nat: false, policy: emptyPolicy, ...wish };
};
const attach = (name: string, wish = {}) => ensureAttachment(network, request(name, wish));
const release = (name: string) => releaseAttachment(network, `uid-${name}`);

describe('an address that is asked for', () => {
  test('is given, with the tap that belongs to it, and kept over a restart', async () => {
    const place = { address: '10.77.0.12', mac: '52:54:00:12:34:56' };
    expect(await attach('web', place)).toEqual({ ...request('web'), ...place, tap: 'bgr12' });
    expect(`${kernel}`).toContain('guests: bgr12 . 52:54:00:12:34:56 . 10.77.0.12');
    network = networkOn(kernel, database);
    await reconcile(network);
    expect(await attach('web')).toMatchObject(place);
    expect(await attach('web', place)).toMatchObject(place);
  });

  test('may be one of those that are given to nobody else, and leaves the others free', async () => {
    expect(await attach('web', { address: '10.77.0.2' })).toMatchObject({ tap: 'bgr2', mac: '02:ba:0a:4d:00:02' });
    expect(getNetwork(network).freeCount).toBe(5);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await attach(name);
    expect(getNetwork(network).freeCount).toBe(0);
    await expect(attach('f')).rejects.toMatchObject({ reason: 'POOL_EXHAUSTED' });
    expect(await attach('f', { address: '10.77.0.3' })).toMatchObject({ address: '10.77.0.3' });
  });

  test('is passed over when it would be the next', async () => {
    await attach('web', { address: '10.77.0.11' });
    const given = [await attach('a'), await attach('b'), await attach('c'), await attach('d')];
    expect(given.map(({ address }) => address).sort()).toEqual(
      ['10', '12', '13', '14'].map((last) => `10.77.0.${last}`),
    );
  });

  test.each([
    ['10.77.0.0', "is the network's own address"],
    ['10.77.0.1', "is the gateway's; guests can have 10.77.0.2 to 10.77.0.14"],
    ['10.77.0.15', 'is the broadcast address'],
    ['10.77.0.16', 'must be of the pool 10.77.0.0/28'],
    ['10.77.0.012', 'must be an IPv4 address'],
  ])('%s is refused: it %s', (address, problem) => {
    const before = `${kernel}`;
    const refused = expect.objectContaining({
      reason: 'INVALID_REQUEST',
      fields: [{ field: 'ipv4_address', description: expect.stringContaining(problem) }],
    });
    expect(() => attach('web', { address })).toThrow(refused);
    expect(() => checkPlace(network, request('web', { address }))).toThrow(refused);
    expect(`${kernel}`).toBe(before);
  });

  test('that another VM has is ADDRESS_TAKEN, by whom is said, and nothing changes', async () => {
    await attach('web', { address: '10.77.0.12' });
    const before = `${kernel}`;
    const wish = { address: '10.77.0.12' };
    const taken = { kind: 'exists', reason: 'ADDRESS_TAKEN', message: expect.stringContaining('vm web has that') };
    await expect(attach('db', wish)).rejects.toMatchObject(taken);
    expect(() => checkPlace(network, request('db', wish))).toThrow(expect.objectContaining(taken));
    expect(`${kernel}`).toBe(before);
  });

  test('other than the one that the VM has is refused', async () => {
    await attach('web');
    const other = { address: '10.77.0.12', mac: '52:54:00:12:34:56' };
    await expect(attach('web', other)).rejects.toMatchObject({
      fields: [
        { field: 'ipv4_address', description: 'is 10.77.0.12, but the vm has 10.77.0.10 and keeps it for its life' },
        expect.objectContaining({ field: 'mac_address' }),
      ],
    });
  });
});

describe('a card that is asked for', () => {
  test.each([
    ['53:54:00:12:34:56', 'is that of a group'],
    ['ff:ff:ff:ff:ff:ff', 'is that of a group'],
    ['00:00:00:00:00:00', 'is none'],
    ['52:54:00:12:34', 'six hexadecimal pairs'],
  ])('%s is refused: %s', (mac, problem) => {
    expect(() => attach('web', { mac })).toThrow(
      expect.objectContaining({
        fields: [{ field: 'mac_address', description: expect.stringContaining(problem) }],
      }),
    );
  });

  test('that another VM has is MAC_TAKEN, also when it was made of an address', async () => {
    await attach('web');
    const taken = { kind: 'exists', reason: 'MAC_TAKEN', message: expect.stringContaining('vm web has that') };
    await expect(attach('db', { mac: '02:ba:0a:4d:00:0a' })).rejects.toMatchObject(taken);
  });

  test('and that is made of an address keeps that address from everyone else', async () => {
    await attach('web', { address: '10.77.0.10', mac: '02:ba:0a:4d:00:0b' });
    expect(await attach('db')).toMatchObject({ address: '10.77.0.12' });
    await expect(attach('x', { address: '10.77.0.11' })).rejects.toMatchObject({ reason: 'MAC_TAKEN' });
  });
});

describe('a recycled address', () => {
  test('has nothing of the VM that had it: no rules, no neighbour, no connection', async () => {
    const asked = { address: '10.77.0.12' };
    await attach('db');
    const before = `${kernel}`;
    await ensureAttachment(network, { ...request('web', asked), nat: true });
    kernel.addConnection('10.77.0.12', '198.51.100.2');
    kernel.addConnection('198.51.100.2', '10.77.0.12');
    await release('web');
    expect(`${kernel}`).toBe(before);
    await attach('next', { ...asked, mac: '52:54:00:12:34:56' });
    expect(`${kernel}`).not.toContain('  nat: ');
    expect(`${kernel}`).toContain('neighbour 10.77.0.12: 52:54:00:12:34:56');
  });

  test('is not free before the connections have been forgotten', async () => {
    await attach('web');
    kernel.addConnection('10.77.0.10', '198.51.100.2');
    kernel.fail('conntrack');
    await expect(release('web')).rejects.toThrow('conntrack');
    await expect(attach('db', { address: '10.77.0.10' })).rejects.toMatchObject({ reason: 'ADDRESS_TAKEN' });
    await release('web');
    await attach('db', { address: '10.77.0.10' });
    expect(`${kernel}`).not.toContain('connection');
  });
});

describe('a route of the host', () => {
  const vpn = () => kernel.addLink('wg0', { 'route 10.0.0.0/8': '' });

  test('into the pool keeps the first VM out, with a pool that is free', async () => {
    vpn();
    const before = `${kernel}`;
    await expect(attach('web')).rejects.toMatchObject({
      kind: 'wrong-state',
      reason: 'POOL_TAKEN',
      message: expect.stringMatching(/route to 10\.0\.0\.0\/8 by wg0; .*such as 172\.24\.0\.0\/28, which is free/),
    });
    expect(`${kernel}`).toBe(before);
    expect(await hostCheck(network)(['vm-start'])).toEqual([
      expect.objectContaining({ severity: 'error', subject: 'the pool 10.77.0.0/28' }),
    ]);
  });

  test('that comes later is told, and keeps no VM out', async () => {
    await attach('web');
    expect(await hostCheck(network)(['vm-start'])).toEqual([expect.objectContaining({ severity: 'ok' })]);
    vpn();
    expect(await attach('db')).toMatchObject({ address: '10.77.0.11' });
    expect(await hostCheck(network)(['vm-start'])).toEqual([
      expect.objectContaining({ severity: 'warning', found: 'the host has a route to 10.0.0.0/8 by wg0' }),
    ]);
    expect(await hostCheck(network)(['ssh'])).toEqual([]);
  });
});
