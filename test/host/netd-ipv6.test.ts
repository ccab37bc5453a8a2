import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { NetworkPolicy } from '../../gen/banger/network/v1/policy.js';
import { runCommand } from '../../lib/host/command.js';
import { endProcess } from '../../lib/host/process.js';
import { hostNetwork, ipBatch } from '../e2e/support/host.js';
import { hostAddress6, internetAddress6 } from '../e2e/support/internet.js';
import { programsIn } from './netd-lab.js';
import { netdSuite, steadyNetwork } from './netd-suite.js';

/** Guests that speak IPv6, on a real kernel with real traffic. */

const pool = 'fd99:1:2::/64';
const suite = netdSuite({ BANGER_NETD_IPV6: 'true', BANGER_NETD_IPV6_POOL: pool });

const sysctl = async (name: string) => (await runCommand(['sysctl', '-n', name])).stdout.trim();

describe('a guest', () => {
  test('has the address at the place of its other one, which answers, and is gone with it', async () => {
    const guest = await suite.attachGuest('web', false, { ipv4Address: '10.99.0.77' });
    expect(guest.attachment).toMatchObject({ ipv6Address: 'fd99:1:2::4d', ipv6Gateway: 'fe80::1' });
    expect(await suite.lab.client.getNetwork({})).toMatchObject({ ipv6Pool: pool, ipv6Gateway: 'fe80::1' });
    await runCommand(['ping', '-n', '-c', '1', '-W', '5', 'fd99:1:2::4d']);
    expect(await guest.pings('fd99:1:2::1')).toBe(true);
    expect(await guest.pings(`fe80::1%${guest.card}`)).toBe(true);
    const neighbour = (await runCommand(['ip', 'neigh', 'show', 'fd99:1:2::4d'])).stdout;
    expect(neighbour).toContain(`dev ntd77 lladdr ${guest.attachment.macAddress} PERMANENT`);
    expect(await sysctl('net.ipv6.conf.all.forwarding')).toBe('0');
  });

  test('reaches others with NAT, which is turned on and off, and ends what is open', async () => {
    const guest = await suite.attachGuest('web');
    const setNat = (nat: boolean) => suite.lab.client.setNat({ vmUid: 'uid-web', nat });
    await expect(guest.fetch(suite.internet.url6)).rejects.toThrow('exit code 7');
    await setNat(true);
    expect(await guest.fetch(suite.internet.url6)).toBe(`you are ${hostAddress6}`);
    const flow = await guest.flow(suite.internet.url6);
    await setNat(false);
    await expect(guest.fetch(suite.internet.url6)).rejects.toThrow('exit code 7');
    const count = flow.count();
    await expect(guest.fetch(suite.internet.url6)).rejects.toThrow('exit code 7');
    // The answer that was on its way may still have come.
    expect(flow.count()).toBeLessThanOrEqual(count + 1);
    await setNat(true);
    await flow.advances();
    flow.stop();
  });

  test('is apart from other guests, reaches nothing else of the host, and speaks for itself alone', async () => {
    const [web, db] = [await suite.attachGuest('web', true), await suite.attachGuest('db', true)];
    const server = createServer((connection) => connection.end('hello')).listen(42081, '::');
    await once(server, 'listening');
    suite.onEnd(() => void server.close());
    expect(await web.pings(db.attachment.ipv6Address)).toBe(false);
    for (const address of ['fd99:1:2::1', hostAddress6]) expect(await web.connects(`[${address}]`, 42081)).toBe(false);
    expect(await web.pings(hostAddress6)).toBe(false);
    for (const address of ['fd99:1:2::ffff', 'fd00:ec2::254']) {
      await expect(web.fetch(`http://[${address}]/`)).rejects.toThrow('exit code 7');
    }
    // The host itself reaches both.
    await runCommand(['ping', '-n', '-c', '1', '-W', '5', db.attachment.ipv6Address]);
    const fetchFrom = (address: string) =>
      web.run('curl', '--silent', '--max-time', '2', '--interface', address, suite.internet.url6);
    await web.run('ip', 'addr', 'add', `${db.attachment.ipv6Address}/128`, 'dev', web.card, 'nodad');
    // It knows its gateway from here on: a question for it in the name of another would not be answered either.
    expect(await fetchFrom(web.attachment.ipv6Address)).toBe(`you are ${hostAddress6}`);
    await expect(fetchFrom(db.attachment.ipv6Address)).rejects.toThrow('exit code 28');
    await web.run('ip', 'link', 'set', web.card, 'address', '02:00:00:00:00:99');
    await expect(fetchFrom(web.attachment.ipv6Address)).rejects.toThrow('exit code 28');
  });
});

test('a port that is published is reached by IPv6 too', async () => {
  const web = await suite.attachGuest('web');
  const server = await web.serve(47_080, '::');
  suite.onEnd(() => endProcess(server, 10_000));
  const policy = NetworkPolicy.fromPartial({ publishedPorts: [{ hostPort: 48_090, guestPort: 47_080 }] });
  await suite.lab.client.setPolicy({ vmUid: 'uid-web', policy });
  const url = `http://[${hostAddress6}]:48090/`;
  expect(await programsIn(suite.internet.namespace).fetch(url)).toBe(`you are ${internetAddress6}`);
  const fetchHere = async (from: string) =>
    (await runCommand(['curl', '--silent', '--show-error', '--fail', '--max-time', '5', from])).stdout;
  expect(await fetchHere(url)).toContain('you are');
  // ::1 is no way to a guest, and says so at once: who meant the host by its name goes on to 127.0.0.1.
  await expect(fetchHere('http://[::1]:48090/')).rejects.toThrow('exit code 7');
  expect(await fetchHere('http://localhost:48090/')).toContain('you are');
});

describe('the host', () => {
  test('keeps the routes that it has of router advertisements while it forwards, and is as it was afterwards', async () => {
    const link = suite.internet.link;
    await runCommand(['sysctl', '-qw', `net.ipv6.conf.${link}.accept_ra=1`]);
    const before = await hostNetwork();
    await suite.attach('web', true);
    expect(await sysctl('net.ipv6.conf.all.forwarding')).toBe('1');
    expect(await sysctl(`net.ipv6.conf.${link}.accept_ra`)).toBe('2');
    await suite.lab.stop();
    await suite.lab.start();
    await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await hostNetwork()).toEqual(before);
  });

  test('is mended by a repeat when someone has removed address, route and elements', async () => {
    const first = await suite.attach('web', true);
    const right = await steadyNetwork();
    await ipBatch(['address delete fe80::1/64 dev ntd10', 'route delete fd99:1:2::a dev ntd10']);
    await runCommand(['nft', 'flush', 'set', 'inet', 'netd_test', 'guests6']);
    const { addresses, routes6, rules } = await steadyNetwork();
    expect(addresses).not.toEqual(right.addresses);
    expect(routes6).not.toEqual(right.routes6);
    expect(rules).not.toEqual(right.rules);
    expect(await suite.attach('web', true)).toEqual(first);
    expect(await steadyNetwork()).toEqual(right);
  });

  test('gets back what it has when IPv6 is turned off under guests, and on again', async () => {
    const guest = await suite.attachGuest('web', true);
    const on = await steadyNetwork();
    await suite.lab.stop();
    await suite.lab.start({ env: { BANGER_NETD_IPV6: 'false', BANGER_NETD_IPV6_POOL: '' } });
    const off = await hostNetwork();
    for (const text of Object.values(off)) expect(text).not.toContain('fd99:');
    expect(off.addresses).not.toMatch(/fe80::1\//);
    expect(await sysctl('net.ipv6.conf.all.forwarding')).toBe('0');
    expect(await suite.attach('web', true)).toMatchObject({ ipv6Address: '', ipv6Gateway: '' });
    expect(await guest.fetch(suite.internet.url)).toContain('you are');
    await expect(guest.fetch(suite.internet.url6, 2)).rejects.toThrow('exit code 28');
    await suite.lab.stop();
    await suite.lab.start();
    expect(await steadyNetwork()).toEqual(on);
    expect(await guest.fetch(suite.internet.url6)).toBe(`you are ${hostAddress6}`);
  });

  test('routes guests that the world knows the way to without NAT; nobody outside begins to talk to them', async () => {
    await suite.lab.stop();
    await suite.lab.start({ env: { BANGER_NETD_IPV6_ROUTED: 'true' } });
    const { namespace } = suite.internet;
    await ipBatch([`route add ${pool} via ${hostAddress6}`], namespace);
    suite.onEnd(() => ipBatch([`route delete ${pool}`], namespace));
    const guest = await suite.attachGuest('web', true);
    const { ipv6Address } = guest.attachment;
    const ping = ['ping', '-n', '-c', '1', '-W', '2', ipv6Address];
    await expect(runCommand(['ip', 'netns', 'exec', namespace, ...ping])).rejects.toThrow('exit code 1');
    expect(await guest.fetch(suite.internet.url6)).toBe(`you are ${ipv6Address}`);
  });
});
