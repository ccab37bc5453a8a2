import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyPolicy, type NetworkPolicy, type PublishedPort } from '../../../lib/network-policy/policy.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { FakeKernel } from '../../../test/fakes/kernel.js';
import { networkOn } from '../../../test/fakes/network.js';
import { migrations } from '../store/migrations.js';
import { resolutionsOf } from './allow-resolved.js';
import { ensureAttachment } from './ensure-attachment.js';
import { getAttachment } from './get-attachment.js';
import type { Network } from './network.js';
import { reconcile } from './reconcile.js';
import { releaseAttachment } from './release-attachment.js';
import { checkPolicy, setPolicy } from './set-policy.js';

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

const request = (name: string) => ({
  ...{ vmUid: `uid-${name}`, vmName: name, ownerUid: 1000, nat: false, policy: emptyPolicy },
});
const attach = (name: string) => ensureAttachment(network, request(name));
const release = (name: string) => releaseAttachment(network, `uid-${name}`);

const published = (hostPort: number, change: Partial<PublishedPort> = {}): NetworkPolicy => ({
  ...emptyPolicy,
  publishedPorts: [{ hostAddress: '', hostPort, guestPort: 80, protocol: 'tcp', ...change }],
});
const allowOnly = (destination: string): NetworkPolicy => ({
  ...emptyPolicy,
  egress: [{ action: 'allow', destination, port: 0, protocol: 'any' }],
});

describe('a policy', () => {
  test('publishes ports, turns forwarding on, and goes without a trace', async () => {
    await attach('web');
    const before = `${kernel}`;
    await setPolicy(network, 'uid-web', published(8080));
    expect(`${kernel}`).toContain('  port_address: tcp . 8080 : "10.77.0.10"');
    expect(`${kernel}`).toContain('net/ipv4/ip_forward = 1');
    expect(`${kernel}`).toContain('  loopback: on');
    await setPolicy(network, 'uid-web', published(8080, { hostAddress: '192.0.2.1' }));
    expect(`${kernel}`).toContain('  place_port: 192.0.2.1 . tcp . 8080 : 80');
    expect(`${kernel}`).not.toContain('loopback: on');
    await setPolicy(network, 'uid-web', emptyPolicy);
    expect(`${kernel}`).toBe(before);
  });

  test('comes with the attachment, and a repeat sets it again', async () => {
    const request = { vmUid: 'uid-web', vmName: 'web', ownerUid: 0, nat: false, policy: published(8080) };
    expect(await ensureAttachment(network, request)).toMatchObject({ policy: published(8080) });
    expect(await ensureAttachment(network, { ...request, policy: emptyPolicy })).toMatchObject({ policy: emptyPolicy });
    expect(`${kernel}`).not.toContain('8080');
  });

  test('cannot have the port of another VM, nor of a program of the host, and all are told', async () => {
    await attach('web');
    await attach('db');
    await setPolicy(network, 'uid-web', published(8080));
    kernel.listen(22);
    const right = `${kernel}`;
    const two = [...published(8080, { hostAddress: '127.0.0.1' }).publishedPorts, ...published(22).publishedPorts];
    const refused = setPolicy(network, 'uid-db', { ...emptyPolicy, publishedPorts: two });
    await expect(refused).rejects.toMatchObject({
      kind: 'exists',
      reason: 'PORT_TAKEN',
      message: expect.stringMatching(
        /port 22\/tcp is taken by a program of the host.*port 8080\/tcp is taken by vm web/,
      ),
    });
    await expect(checkPolicy(network, '', 'new', published(22))).rejects.toMatchObject({ reason: 'PORT_TAKEN' });
    expect(`${kernel}`).toBe(right);
    expect(getAttachment(network, 'uid-db').policy).toEqual(emptyPolicy);
    await setPolicy(network, 'uid-db', published(8080, { protocol: 'udp' }));
  });

  test('keeps a port that it has, whoever listens there meanwhile', async () => {
    await attach('web');
    await setPolicy(network, 'uid-web', published(8080));
    kernel.listen(8080);
    await setPolicy(network, 'uid-web', { ...published(8080), allowFrom: ['all'] });
    await checkPolicy(network, 'uid-web', 'web', published(8080));
  });

  test('cannot publish at an address that the host does not have', async () => {
    await attach('web');
    const elsewhere = setPolicy(network, 'uid-web', published(8080, { hostAddress: '192.0.2.9' }));
    await expect(elsewhere).rejects.toMatchObject({ kind: 'wrong-state', reason: 'HOST_ADDRESS_NOT_FOUND' });
  });

  test('with mistakes tells all of them', async () => {
    const bad = { ...published(0), allowFrom: ['Web'] };
    const fields = [expect.objectContaining({ field: 'policy.allow_from[0]' }), expect.anything()];
    expect(() => setPolicy(network, 'uid-web', bad)).toThrow(expect.objectContaining({ fields }));
    await expect(checkPolicy(network, '', 'web', bad)).rejects.toMatchObject({ fields });
    await expect(setPolicy(network, 'uid-web', published(80))).rejects.toMatchObject({
      reason: 'ATTACHMENT_NOT_FOUND',
    });
  });

  test('follows a name from VM to VM', async () => {
    await attach('db');
    await setPolicy(network, 'uid-db', { ...emptyPolicy, allowFrom: ['web', '192.0.2.0/24'] });
    expect(`${kernel}`).not.toContain('peers');
    await attach('web');
    expect(`${kernel}`).toContain('  peers: 10.77.0.11 . 10.77.0.10\n');
    await release('web');
    await ensureAttachment(network, { ...request('other'), vmName: 'web' });
    expect(`${kernel}`).toContain('  peers: 10.77.0.12 . 10.77.0.10\n');
    expect(`${kernel}`).toContain('  prefixes: 192.0.2.0/24 . 10.77.0.10\n');
  });
});

describe('domains', () => {
  const resolved = (guestAddress: string, name: string, ...addresses: string[]) =>
    resolutionsOf(network)({ guestAddress, name, addresses, ttlSeconds: 60 });

  test('let in what the guest was told, and nobody else’s', async () => {
    await attach('web');
    await attach('db');
    await setPolicy(network, 'uid-web', allowOnly('*.example.org'));
    await resolved('10.77.0.10', 'WWW.example.org.', '198.51.100.7', '2001:DB8::7', 'junk');
    await resolved('10.77.0.10', 'example.org', '198.51.100.8');
    await resolved('10.77.0.11', 'www.example.org', '198.51.100.9');
    await resolved('10.77.0.99', 'www.example.org', '198.51.100.9');
    expect(`${kernel}`).toContain('  egress_bgr10_0_new: 198.51.100.7\n  egress_bgr10_0_new6: 2001:db8::7\n');
    expect(`${kernel}`).toContain('  egress_bgr10_0_open: 198.51.100.7\n  egress_bgr10_0_open6: 2001:db8::7\n');
    expect(network.store.state().resolved.map(({ address }) => address)).toEqual(['198.51.100.7', '2001:db8::7']);
  });

  test('that are asked for again cost the kernel nothing for a while, and many at once one change', async () => {
    await attach('web');
    await setPolicy(network, 'uid-web', allowOnly('*.example.org'));
    const allow = resolutionsOf(network);
    const ask = (n: number) =>
      allow({ guestAddress: '10.77.0.10', name: `${n}.example.org`, addresses: [`198.51.100.${n}`], ttlSeconds: 60 });
    kernel.calls.nft = 0;
    await Promise.all([ask(1), ask(2), ask(3)]);
    await Promise.all([ask(1), ask(2), ask(3)]);
    expect(kernel.calls.nft).toBe(1);
  });

  test('are forgotten with their rule and with their VM', async () => {
    await attach('web');
    await setPolicy(network, 'uid-web', allowOnly('example.org'));
    await resolved('10.77.0.10', 'example.org', '198.51.100.7');
    await setPolicy(network, 'uid-web', allowOnly('example.com'));
    expect(`${kernel}`).not.toContain('198.51.100.7');
    await resolved('10.77.0.10', 'example.com', '198.51.100.7');
    await release('web');
    expect(network.store.state().resolved).toEqual([]);
  });

  test('are told to who follows them, at once and at each change', async () => {
    const stop = new AbortController();
    const heard = network.domains.follow(stop.signal);
    expect((await heard.next()).value).toEqual([]);
    await attach('web');
    await setPolicy(network, 'uid-web', allowOnly('example.org'));
    const guest = { addresses: ['10.77.0.10'], domains: ['example.org'] };
    expect((await heard.next()).value).toEqual([guest]);
    const next = heard.next();
    await release('web');
    expect((await next).value).toEqual([]);
    const last = heard.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });
});
