import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { DeepPartial } from '../../gen/banger/network/v1/policy.js';
import { EgressAction, IpProtocol, NetworkPolicy } from '../../gen/banger/network/v1/policy.js';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { endProcess } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { answerMessage } from '../../services/dnsd/testing/messages.js';
import { testNameServer } from '../../services/dnsd/testing/name-server.js';
import { hostAddress, internetAddress } from '../e2e/support/internet.js';
import { FakeVmm } from './fake-vmm.js';
import { dnsPort, type Flow, type Guest, labNetwork, programsIn } from './netd-lab.js';
import { netdSuite, steadyNetwork } from './netd-suite.js';
import { serviceBundle } from './service-bundle.js';

/** Who reaches a guest, and what it reaches: netd as a process, on a real kernel, with real connections. */

const { gateway, table } = labNetwork;
const suite = netdSuite();
const dnsdBundle = serviceBundle('dnsd');
const port = 47_080;
const { ALLOW, DENY } = EgressAction;

type Policy = DeepPartial<NetworkPolicy>;
const setPolicy = (name: string, policy: Policy) =>
  suite.lab.client.setPolicy({ vmUid: `uid-${name}`, policy: NetworkPolicy.fromPartial(policy) });
const published = (hostPort: number, hostAddress = '', protocol = IpProtocol.TCP): Policy => ({
  publishedPorts: [{ hostAddress, hostPort, guestPort: port, protocol }],
});
const host = {
  fetch: async (url: string) => (await runCommand(['curl', '--silent', '--fail', '--max-time', '10', url])).stdout,
};
const internet = () => programsIn(suite.internet.namespace);

async function serving(guest: Pick<Guest, 'serve'>): Promise<void> {
  const server = await guest.serve(port);
  suite.onEnd(() => endProcess(server, 10_000));
}

/** Requests that would be answered at once are not. */
async function stands(flow: Flow, probe: () => Promise<boolean>): Promise<void> {
  const count = flow.count();
  for (let i = 0; i < 3; i++) expect(await probe()).toBe(false);
  // The answer that was on its way may still have come.
  expect(flow.count()).toBeLessThanOrEqual(count + 1);
}

test('a published port leads to its guest from everywhere, keeps addresses, and ends', async () => {
  const web = await suite.attachGuest('web');
  const [db, lone] = [await suite.attachGuest('db', true), await suite.attachGuest('lone')];
  await serving(web);
  const url = `http://${hostAddress}:48080/`;
  expect(await internet().connects(hostAddress, 48080)).toBe(false);
  await setPolicy('web', {
    publishedPorts: [
      { hostPort: 48080, guestPort: port },
      { hostPort: 48053, guestPort: port, protocol: IpProtocol.UDP },
    ],
  });
  expect(await internet().fetch(url)).toBe(`you are ${internetAddress}`);
  expect(await host.fetch(url)).toBe(`you are ${hostAddress}`);
  expect(await host.fetch('http://127.0.0.1:48080/')).toBe(`you are ${gateway}`);
  const question = { port: 48053, text: 'who am I?' };
  expect(await internet().ask({ ...question, to: hostAddress })).toBe(`you are ${internetAddress}`);
  // A guest with NAT reaches it as any network does, by its own address; one without does not.
  expect(await db.fetch(url)).toBe(`you are ${db.attachment.ipv4Address}`);
  expect(await db.ask({ ...question, to: hostAddress })).toBe(`you are ${db.attachment.ipv4Address}`);
  await expect(lone.fetch(url, 2)).rejects.toThrow('exit code');
  await expect(lone.fetch(`http://${gateway}:48080/`, 2)).rejects.toThrow('exit code');
  // Itself as well: what it sends comes back from the host.
  await suite.lab.client.setNat({ vmUid: 'uid-web', nat: true });
  expect(await web.fetch(url)).toBe(`you are ${gateway}`);
  await suite.lab.client.setNat({ vmUid: 'uid-web', nat: false });
  // The port alone is open, and only by way of the host.
  expect(await internet().connects(hostAddress, port)).toBe(false);
  expect(await db.connects(web.attachment.ipv4Address, port)).toBe(false);
  const flow = await internet().flow(url);
  await suite.lab.kill();
  await suite.lab.start();
  await flow.advances();
  await setPolicy('web', {});
  await stands(flow, () => internet().connects(hostAddress, 48080));
  await setPolicy('web', published(48080));
  await flow.advances();
  flow.stop();
});

test('a port is published where it was asked for, and a port that is taken is refused', async () => {
  const [web, db] = [await suite.attachGuest('web'), await suite.attachGuest('db', true)];
  await serving(web);
  await setPolicy('web', published(48081, '127.0.0.1'));
  expect(await host.fetch('http://127.0.0.1:48081/')).toBe(`you are ${gateway}`);
  expect(await internet().connects(hostAddress, 48081)).toBe(false);
  const right = await steadyNetwork();
  const listener = createServer().listen(48082, '127.0.0.1');
  const receiver = createSocket('udp4').bind(48083, hostAddress);
  await Promise.all([once(listener, 'listening'), once(receiver, 'listening')]);
  suite.onEnd(() => listener.close());
  suite.onEnd(() => receiver.close());
  for (const [policy, who] of [
    [published(48081), 'vm web'],
    [published(48082), 'a program of the host'],
    [published(48083, '', IpProtocol.UDP), 'a program of the host'],
  ] as const) {
    const refused = setPolicy('db', policy);
    await expect(refused).rejects.toMatchObject({ reason: 'PORT_TAKEN', message: expect.stringContaining(who) });
  }
  const elsewhere = setPolicy('db', published(48084, internetAddress));
  await expect(elsewhere).rejects.toMatchObject({ reason: 'HOST_ADDRESS_NOT_FOUND' });
  expect(await steadyNetwork()).toEqual(right);
  // What is open for the host's loopback is so for the host alone: nothing that a guest sends there arrives.
  const seen: string[] = [];
  const loopback = createSocket('udp4').bind(48085, '127.0.0.1');
  await once(loopback, 'listening');
  loopback.on('message', (text) => seen.push(`${text}`));
  suite.onEnd(() => loopback.close());
  const card = (await web.run('ip', '-o', 'link', 'show', 'type', 'tun')).split(': ')[1] ?? '';
  await web.run('sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1');
  await web.run('ip', 'route', 'del', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local');
  await web.run('ip', 'route', 'add', '127.0.0.0/8', 'via', gateway, 'dev', card);
  const from = web.attachment.ipv4Address;
  await expect(web.ask({ to: '127.0.0.1', port: 48085, text: 'hello', from })).rejects.toThrow('exit code 1');
  expect(seen).toEqual([]);
  // Nor at the addresses of a link, with NAT: told at once, not lost on the way.
  await expect(db.fetch('http://169.254.169.254/')).rejects.toThrow('exit code 7');
});

test('who is allowed reaches every port of a guest, by name, by prefix or as any guest, while it is so', async () => {
  const [db, web] = [await suite.attachGuest('db'), await suite.attachGuest('web', true)];
  await Promise.all([serving(db), serving(web)]);
  const url = `http://${db.attachment.ipv4Address}:${port}/`;
  expect(await web.connects(db.attachment.ipv4Address, port)).toBe(false);
  await setPolicy('db', { allowFrom: ['web'] });
  expect(await web.fetch(url)).toBe(`you are ${web.attachment.ipv4Address}`);
  expect(await web.pings(db.attachment.ipv4Address)).toBe(true);
  expect(await db.connects(web.attachment.ipv4Address, port)).toBe(false);
  const flow = await web.flow(url);
  await setPolicy('db', {});
  await stands(flow, () => web.connects(db.attachment.ipv4Address, port));
  flow.stop();
  // The name, not the address: whoever bears it, at whatever address.
  await setPolicy('db', { allowFrom: ['next'] });
  const next = await suite.attachGuest('next');
  expect(await next.fetch(url)).toBe(`you are ${next.attachment.ipv4Address}`);
  expect(await web.connects(db.attachment.ipv4Address, port)).toBe(false);
  await setPolicy('db', { allowFrom: ['all'] });
  expect(await web.fetch(url)).toBe(`you are ${web.attachment.ipv4Address}`);
  // A network that has a route here.
  await internet().run('ip', 'route', 'add', labNetwork.pool, 'via', hostAddress);
  suite.onEnd(() => internet().run('ip', 'route', 'del', labNetwork.pool));
  expect(await internet().connects(db.attachment.ipv4Address, port)).toBe(false);
  await setPolicy('db', { allowFrom: ['198.51.100.0/24', '198.51.0.0/16'] });
  expect(await internet().fetch(url)).toBe(`you are ${internetAddress}`);
  expect(await web.connects(db.attachment.ipv4Address, port)).toBe(false);
});

test('egress rules decide what NAT opens: by address and port, and by what a domain resolved to', async () => {
  const web = await suite.attachGuest('web', true);
  await serving(internet());
  const { url } = suite.internet;
  const other = `http://${internetAddress}:${port}/`;
  const egress = (...rules: NonNullable<Policy['egress']>) => setPolicy('web', { egress: rules });
  await egress({ action: ALLOW, destination: internetAddress, port, protocol: IpProtocol.TCP });
  expect(await web.fetch(other)).toBe(`you are ${hostAddress}`);
  await expect(web.fetch(url)).rejects.toThrow('exit code 7');
  expect(await web.pings(gateway)).toBe(true);
  await egress({ action: DENY, destination: '198.51.100.0/24', port });
  await expect(web.fetch(other)).rejects.toThrow('exit code 7');
  expect(await web.fetch(url)).toBe(`you are ${hostAddress}`);
  await egress({ action: DENY, destination: 'all', port }, { action: ALLOW, destination: '*.example.org' });
  await expect(web.fetch(url)).rejects.toThrow('exit code 7');
  const guestAddress = web.attachment.ipv4Address;
  const resolved = (name: string) =>
    suite.lab.client.allowResolved({ guestAddress, name, addresses: [internetAddress], ttlSeconds: 5 });
  await resolved('www.example.com');
  await expect(web.fetch(url)).rejects.toThrow('exit code 7');
  await resolved('www.example.org');
  expect(await web.fetch(url)).toBe(`you are ${hostAddress}`);
  await expect(web.fetch(other)).rejects.toThrow('exit code 7');
  // A start puts back what was resolved, with the time that is left of it.
  await suite.lab.kill();
  await runCommand(['nft', 'flush', 'ruleset']);
  await suite.lab.start();
  expect(await web.fetch(url)).toBe(`you are ${hostAddress}`);
  const flow = await web.flow(url);
  // When the time is over: no new connection, and those that are open go on.
  const element = [`egress_${web.attachment.tap}_0_new`, `{ ${internetAddress} }`];
  await runCommand(['nft', 'delete', 'element', 'inet', table, ...element]);
  await expect(web.fetch(url)).rejects.toThrow('exit code 7');
  await flow.advances();
  await egress({ action: ALLOW, destination: 'example.com' });
  await stands(flow, async () => (await web.fetch(url).catch(() => undefined)) !== undefined);
  flow.stop();
});

test('a domain is let in by the guest’s own question to its resolver, and by nobody else’s', async () => {
  const web = await suite.attachGuest('web', true);
  await setPolicy('web', { egress: [{ action: ALLOW, destination: 'www.example.org', port: 8080 }] });
  const runDir = dirname(suite.lab.socketPath);
  const upstream = await testNameServer((query) => [answerMessage(query, { address: internetAddress })]);
  suite.onEnd(() => upstream.close());
  const vmm = await FakeVmm.start(runDir, new Map([['web', { address: web.attachment.ipv4Address }]]));
  suite.onEnd(() => vmm.stop());
  await dnsdBundle.build();
  suite.onEnd(() => dnsdBundle.remove());
  const dnsd = spawnChild([process.execPath, dnsdBundle.program], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      BANGER_STATE_DIR: join(runDir, 'state'),
      BANGER_RUN_DIR: runDir,
      BANGER_CONFIG: join(runDir, 'none.toml'),
      BANGER_DNSD_PORT: String(dnsPort),
      BANGER_DNSD_UPSTREAMS: `["127.0.0.1:${upstream.port}"]`,
    },
  });
  suite.onEnd(async () => {
    dnsd.kill('SIGTERM');
    await once(dnsd, 'exit');
  });
  const asks = (name: string) =>
    web.run('dig', `@${gateway}`, '+short', '+tries=1', '+time=5', name).catch(() => 'no answer');
  await pollUntil(async () => (await asks('other.example.org')) === internetAddress, {
    what: 'the guest’s resolver answers',
    timeoutMs: 60_000,
  });
  await expect(web.fetch(suite.internet.url)).rejects.toThrow('exit code 7');
  expect(await asks('WWW.example.org')).toBe(internetAddress);
  expect(await web.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
});

test('a guest that is made anew inherits nothing, and the last one leaves no trace', async () => {
  const policy = NetworkPolicy.fromPartial({
    ...published(48086),
    allowFrom: ['all'],
    egress: [{ action: DENY, destination: 'all' }],
  });
  const first = await suite.attachGuest('web', true);
  await setPolicy('web', policy);
  await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
  const again = await suite.attach('web', true);
  expect(again.policy).toEqual(NetworkPolicy.fromPartial({}));
  expect(again.ipv4Address).not.toBe(first.attachment.ipv4Address);
  const rules = (await runCommand(['nft', 'list', 'table', 'inet', table])).stdout;
  expect(rules).not.toMatch(new RegExp(`48086|egress_ntd|${first.attachment.ipv4Address} `));
});
