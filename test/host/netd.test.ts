import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { NetworkPolicy } from '../../gen/banger/network/v1/policy.js';
import { runCommand } from '../../lib/host/command.js';
import { readFile } from '../../lib/host/files.js';
import { hostNetwork, ipBatch } from '../e2e/support/host.js';
import { hostAddress } from '../e2e/support/internet.js';
import { dnsPort, holdTap, labNetwork, programsIn } from './netd-lab.js';
import { netdSuite, steadyNetwork } from './netd-suite.js';

/** netd as a process, on a real kernel, with real traffic. */

const { gateway, table, tapPrefix } = labNetwork;
const suite = netdSuite();

describe('an attachment', () => {
  test('is a tap that QEMU opens, with an address that answers', async () => {
    const guest = await suite.attachGuest('web');
    const { ipv4Address, macAddress, tap } = guest.attachment;
    expect(guest.attachment).toEqual({
      ...{ vmUid: 'uid-web', vmName: 'web', nat: false, gateway, ipv6Address: '', ipv6Gateway: '' },
      ...{ ipv4Address: '10.99.0.10', macAddress: '02:ba:0a:63:00:0a', tap: `${tapPrefix}10` },
      policy: NetworkPolicy.fromPartial({}),
    });
    expect(await guest.pings(gateway)).toBe(true);
    await runCommand(['ping', '-n', '-c', '1', '-W', '5', ipv4Address]);
    const neighbours = (await runCommand(['ip', 'neigh', 'show', 'dev', tap])).stdout;
    expect(neighbours).toBe(`${ipv4Address} lladdr ${macAddress} PERMANENT \n`);
  });

  test('repeated, changes nothing and keeps connections', async () => {
    const guest = await suite.attachGuest('web', true);
    const flow = await guest.flow(suite.internet.url);
    const right = await hostNetwork();
    expect(await suite.attach('web', true)).toEqual(guest.attachment);
    expect(await hostNetwork()).toEqual(right);
    await flow.advances();
    flow.stop();
  });

  test.each([
    ['tap', () => ipBatch([`link delete dev ${tapPrefix}10`])],
    ['route', () => ipBatch(['route delete 10.99.0.10'])],
    ['gateway address', () => ipBatch([`addr delete ${gateway}/32 dev lo`])],
    ['table', () => runCommand(['nft', 'delete', 'table', 'inet', table])],
    ['chain’s rules', () => runCommand(['nft', 'flush', 'chain', 'inet', table, 'outbound'])],
    ['set’s elements', () => runCommand(['nft', 'flush', 'set', 'inet', table, 'guests'])],
    ['whole ruleset', () => runCommand(['nft', 'flush', 'ruleset'])],
  ])('repeated, mends a %s that someone has removed', async (_what, damage) => {
    const first = await suite.attach('web', true);
    const right = await steadyNetwork();
    await damage();
    expect(await steadyNetwork()).not.toEqual(right);
    expect(await suite.attach('web', true)).toEqual(first);
    expect(await steadyNetwork()).toEqual(right);
  });

  test('of many VMs at once, each has its own, and all go', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `vm-${i}`);
    const all = await Promise.all(names.map((name, i) => suite.attach(name, i % 2 === 0)));
    expect(new Set(all.map(({ tap }) => tap)).size).toBe(20);
    expect((await suite.lab.client.getNetwork({})).freeCount).toBe(245 - 20);
    await Promise.all(names.map((name) => suite.lab.client.releaseAttachment({ vmUid: `uid-${name}` })));
    expect(await hostNetwork()).toEqual(suite.untouched);
  });

  test('is opened by its owner without any right, and by nobody else', async () => {
    const { tap } = await suite.attach('web', false, 54321);
    await expect(holdTap(tap, 54322)).rejects.toThrow('Operation not permitted');
    const holder = await holdTap(tap, 54321);
    const capabilities = (await readFile(`/proc/${holder.process.pid}/status`, 'utf8')).match(/^CapEff:\s+0+$/m);
    await holder.letGo();
    expect(capabilities).not.toBeNull();
  });

  test('gets another owner by a tap made anew, and works as before', async () => {
    const first = await suite.attach('web');
    const right = await steadyNetwork();
    expect(await suite.attach('web', false, 54321)).toEqual(first);
    await (await holdTap(first.tap, 54321)).letGo();
    await expect(suite.attach('web')).resolves.toEqual(first);
    expect(await steadyNetwork()).toEqual(right);
  });

  test('keeps its owner while a process has it open, and its traffic', async () => {
    const guest = await suite.attachGuest('web', true);
    const flow = await guest.flow(suite.internet.url);
    const right = await hostNetwork();
    const refused = suite.attach('web', true, 54321);
    await expect(refused).rejects.toMatchObject({ kind: 'wrong-state', reason: 'TAP_IN_USE' });
    expect(await hostNetwork()).toEqual(right);
    await flow.advances();
    flow.stop();
  });
});

describe('a guest', () => {
  test('reaches DNS, at the gateway’s port 53, and nothing else of the host', async () => {
    const guest = await suite.attachGuest('web', true);
    await hostListener(gateway, dnsPort);
    await hostListener('0.0.0.0', 42080);
    const question = { to: gateway, port: 53, text: 'web.vm?' };
    expect(await guest.ask(question)).toBe('you said web.vm?');
    expect(await guest.run('curl', '--silent', '--max-time', '20', `telnet://${gateway}:53`)).toBe('hello');
    for (const address of [gateway, hostAddress]) {
      expect(await guest.connects(address, 42080)).toBe(false);
      await expect(guest.ask({ ...question, to: address, port: 42080 })).rejects.toThrow('exit code 1');
    }
    expect(await guest.pings(hostAddress)).toBe(false);
  });

  test('is apart from other guests, and from addresses that nobody has', async () => {
    const [web, db] = [await suite.attachGuest('web', true), await suite.attachGuest('db', true)];
    expect(await web.pings(gateway)).toBe(true);
    expect(await db.pings(gateway)).toBe(true);
    expect(await web.pings(db.attachment.ipv4Address)).toBe(false);
    expect(await db.pings(web.attachment.ipv4Address)).toBe(false);
    await expect(web.fetch(`http://10.99.0.200/`)).rejects.toThrow('exit code 7');
  });

  test('cannot speak for another address or card, nor IPv6', async () => {
    const [web, db] = [await suite.attachGuest('web'), await suite.attachGuest('db')];
    const { seen } = await hostListener(gateway, dnsPort);
    const card = (await web.run('ip', '-o', 'link', 'show', 'type', 'tun')).split(': ')[1] ?? '';
    const question = { to: gateway, port: 53 };
    await web.run('ip', 'addr', 'add', `${db.attachment.ipv4Address}/32`, 'dev', card);
    const asDb = web.ask({ ...question, text: 'spoofed address', from: db.attachment.ipv4Address });
    await expect(asDb).rejects.toThrow('exit code 1');
    await web.run('ip', 'link', 'set', card, 'address', '02:00:00:00:00:99');
    await expect(web.ask({ ...question, text: 'spoofed card' })).rejects.toThrow('exit code 1');
    await web.run('ip', 'link', 'set', card, 'address', web.attachment.macAddress);
    expect(await web.ask({ ...question, text: 'honest' })).toBe('you said honest');
    expect(new Set(seen)).toEqual(new Set(['honest']));
    const inet6 = await runCommand(['ip', '-6', '-o', 'addr', 'show', 'dev', web.attachment.tap]);
    const linkLocal = /inet6 (fe80:\S+)\//.exec(inet6.stdout)?.[1];
    expect(await web.pings(`${linkLocal}%${card}`)).toBe(false);
  });
});

describe('NAT', () => {
  test.each(['all', 'none0'])('for %s, which is no interface, is INTERFACE_NOT_FOUND', async (tap) => {
    const failed = suite.lab.client.putNatRule({ ipv4Address: '172.31.7.2', tap });
    await expect(failed).rejects.toMatchObject({ kind: 'not-found', reason: 'INTERFACE_NOT_FOUND' });
  });

  test('lets a guest out with the host’s address; off, it ends what is open', async () => {
    const guest = await suite.attachGuest('web');
    const setNat = (nat: boolean) => suite.lab.client.setNat({ vmUid: 'uid-web', nat });
    await expect(guest.fetch(suite.internet.url)).rejects.toThrow('exit code 7');
    await setNat(true);
    expect(await guest.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
    const flow = await guest.flow(suite.internet.url);
    await setNat(false);
    const count = flow.count();
    for (let i = 0; i < 5; i++) await expect(guest.fetch(suite.internet.url)).rejects.toThrow('exit code 7');
    // The answer that was on its way may still have come.
    expect(flow.count()).toBeLessThanOrEqual(count + 1);
    await setNat(true);
    await flow.advances();
    flow.stop();
  });

  test('of one guest is not NAT of another', async () => {
    const [web, db] = [await suite.attachGuest('web', true), await suite.attachGuest('db')];
    expect(await web.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
    await expect(db.fetch(suite.internet.url)).rejects.toThrow('exit code 7');
  });

  test('leaves a host that forwards anyway as it is', async () => {
    await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    const forwarding = await hostNetwork();
    await suite.attach('web', true);
    await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await hostNetwork()).toEqual(forwarding);
    await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
  });

  test('puts back what turning forwarding on has changed beside it', async () => {
    const odd = ['net.ipv4.conf.all.accept_redirects=0', 'net.ipv4.conf.lo.forwarding=1'];
    await runCommand(['sysctl', '-qw', ...odd]);
    const before = await hostNetwork();
    await suite.attach('web', true);
    expect((await hostNetwork()).sysctls).toContain('net.ipv4.ip_forward = 1');
    await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await hostNetwork()).toEqual(before);
    await runCommand(['sysctl', '-qw', 'net.ipv4.conf.all.accept_redirects=1', 'net.ipv4.conf.lo.forwarding=0']);
  });

  test('serves a script’s own interface, and goes without a trace', async () => {
    const script = { ipv4Address: '172.31.7.2', tap: 'scr0' };
    const namespace = `bg-script-${randomBytes(3).toString('hex')}`;
    await runCommand(['ip', 'netns', 'add', namespace]);
    suite.onEnd(() => runCommand(['ip', 'netns', 'delete', namespace]));
    // The namespace itself, and with it the card, goes after its last process.
    suite.onEnd(() => runCommand(['ip', 'link', 'delete', 'scr0']));
    await ipBatch([
      `link add scr0 type veth peer name scr1 netns ${namespace}`,
      'addr add 172.31.7.1/24 dev scr0',
      'link set scr0 up',
    ]);
    await ipBatch(
      ['addr add 172.31.7.2/24 dev scr1', 'link set scr1 up', 'route add default via 172.31.7.1'],
      namespace,
    );
    const scripted = programsIn(namespace);
    expect(await scripted.pings('172.31.7.1')).toBe(true);
    const before = await hostNetwork();
    await expect(scripted.fetch(suite.internet.url, 2)).rejects.toThrow('exit code 28');
    await suite.lab.client.putNatRule(script);
    expect(await scripted.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
    const flow = await scripted.flow(suite.internet.url);
    await suite.lab.stop();
    await suite.lab.start();
    await flow.advances();
    flow.stop();
    await suite.lab.client.deleteNatRule(script);
    await suite.lab.client.deleteNatRule(script);
    expect(await hostNetwork()).toEqual(before);
    await expect(scripted.fetch(suite.internet.url, 2)).rejects.toThrow('exit code 28');
  });
});

test('without CAP_NET_ADMIN, says so as soon as it is needed', async () => {
  await suite.lab.stop();
  await suite.lab.start({ prefix: ['setpriv', '--bounding-set=-net_admin'] });
  await expect(suite.attach('web')).rejects.toMatchObject({
    reason: 'HOST_NOT_READY',
    preconditions: [
      { type: 'RIGHT', subject: 'CAP_NET_ADMIN', description: 'netd runs without it; run the daemons as root' },
    ],
  });
});

/** A listener of the host: answers what it was sent, and remembers it. */
async function hostListener(address: string, port: number): Promise<{ readonly seen: string[] }> {
  const seen: string[] = [];
  const udp = createSocket('udp4');
  udp.on('message', (message, from) => {
    seen.push(`${message}`);
    udp.send(`you said ${message}`, from.port, from.address);
  });
  udp.bind(port, address);
  await once(udp, 'listening');
  const tcp = createServer((connection) => connection.on('error', () => connection.destroy()).end('hello'));
  tcp.listen(port, address);
  await once(tcp, 'listening');
  suite.onEnd(() => udp.close());
  suite.onEnd(() => tcp.close());
  return { seen };
}
