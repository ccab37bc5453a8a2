import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Attachment } from '../../gen/banger/netd/v1/network_service.js';
import { runCommand } from '../../lib/host/command.js';
import { chmod, writeFile } from '../../lib/host/files.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { hostNetwork } from '../e2e/support/host.js';
import { createInternet, hostAddress, type Internet, internetAddress } from '../e2e/support/internet.js';
import {
  batch,
  buildNetd,
  createLab,
  dnsPort,
  type Guest,
  type Lab,
  labNetwork,
  plugGuest,
  programsIn,
  removeBuild,
} from './netd-lab.js';

/** netd as a process, on a real kernel, with real traffic. Every test ends with the network as it found it. */

jest.setTimeout(120_000);

const { gateway, table, tapPrefix } = labNetwork;

let internet: Internet;
let untouched: Record<string, string>;
let lab: Lab;
const cleanUps: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  if ((await runCommand(['ip', 'route'])).stdout !== '') {
    throw new Error('this suite changes routes and firewall rules: run it in a network namespace of its own');
  }
  await buildNetd();
  // Without duplicate address detection, addresses of IPv6 are at once what they will be.
  await runCommand(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0']);
  internet = await createInternet();
  // The host knows its neighbour from now on.
  await runCommand(['ping', '-n', '-c', '1', '-W', '5', internetAddress]);
});

afterAll(async () => {
  await internet.dispose();
  await runCommand(['sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=1']);
  await removeBuild();
});

beforeEach(async () => {
  untouched = await hostNetwork();
  lab = await createLab();
  await lab.start();
});

afterEach(async () => {
  try {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await lab.releaseAll();
  } finally {
    await lab.dispose();
  }
  expect(await hostNetwork()).toEqual(untouched);
});

async function attach(name: string, nat = false): Promise<Attachment> {
  const request = { vmUid: `uid-${name}`, vmName: name, ownerUid: 0, nat };
  const { attachment } = await lab.client.ensureAttachment(request);
  if (attachment === undefined) throw new Error('netd gave no attachment');
  return attachment;
}

async function attachGuest(name: string, nat = false): Promise<Guest & { readonly attachment: Attachment }> {
  const attachment = await attach(name, nat);
  const guest = await plugGuest(attachment);
  cleanUps.push(guest.unplug);
  return { ...guest, attachment };
}

/** The host's network without what a tap that is made again cannot keep: its number and the card the kernel invents. */
async function steadyNetwork(): Promise<Record<string, string[]>> {
  const made = /^\d+: |link\/ether \S+|qlen \d+/g;
  const kept = Object.entries(await hostNetwork()).map(([what, text]) => {
    const lines = text.split('\n').filter((line) => !/fe80:|ff00:/.test(line));
    return [what, lines.map((line) => line.replaceAll(made, '')).sort()] as const;
  });
  return Object.fromEntries(kept);
}

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
  cleanUps.push(
    () => udp.close(),
    () => tcp.close(),
  );
  return { seen };
}

describe('an attachment', () => {
  test('is a tap that QEMU opens, with an address that answers', async () => {
    const guest = await attachGuest('web');
    const { ipv4Address, macAddress, tap } = guest.attachment;
    expect(guest.attachment).toEqual({
      ...{ vmUid: 'uid-web', vmName: 'web', nat: false, gateway },
      ...{ ipv4Address: '10.99.0.10', macAddress: '02:ba:0a:63:00:0a', tap: `${tapPrefix}10` },
    });
    expect(await guest.pings(gateway)).toBe(true);
    await runCommand(['ping', '-n', '-c', '1', '-W', '5', ipv4Address]);
    const neighbours = (await runCommand(['ip', 'neigh', 'show', 'dev', tap])).stdout;
    expect(neighbours).toBe(`${ipv4Address} lladdr ${macAddress} PERMANENT \n`);
  });

  test('repeated, changes nothing and keeps connections', async () => {
    const guest = await attachGuest('web', true);
    const flow = await guest.flow(internet.url);
    const right = await hostNetwork();
    expect(await attach('web', true)).toEqual(guest.attachment);
    expect(await hostNetwork()).toEqual(right);
    await flow.advances();
    flow.stop();
  });

  test.each([
    ['tap', () => batch(undefined, [`link delete dev ${tapPrefix}10`])],
    ['route', () => batch(undefined, ['route delete 10.99.0.10'])],
    ['gateway address', () => batch(undefined, [`addr delete ${gateway}/32 dev lo`])],
    ['table', () => runCommand(['nft', 'delete', 'table', 'inet', table])],
    ['chain’s rules', () => runCommand(['nft', 'flush', 'chain', 'inet', table, 'outbound'])],
    ['set’s elements', () => runCommand(['nft', 'flush', 'set', 'inet', table, 'guests'])],
    ['whole ruleset', () => runCommand(['nft', 'flush', 'ruleset'])],
  ])('repeated, mends a %s that someone has removed', async (_what, damage) => {
    const first = await attach('web', true);
    const right = await steadyNetwork();
    await damage();
    expect(await steadyNetwork()).not.toEqual(right);
    expect(await attach('web', true)).toEqual(first);
    expect(await steadyNetwork()).toEqual(right);
  });

  test('of many VMs at once, each has its own, and all go', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `vm-${i}`);
    const all = await Promise.all(names.map((name, i) => attach(name, i % 2 === 0)));
    expect(new Set(all.map(({ tap }) => tap)).size).toBe(20);
    expect((await lab.client.getNetwork({})).freeCount).toBe(245 - 20);
    await Promise.all(names.map((name) => lab.client.releaseAttachment({ vmUid: `uid-${name}` })));
    expect(await hostNetwork()).toEqual(untouched);
  });

  test('makes its tap again for another owner', async () => {
    await attach('web');
    await lab.client.ensureAttachment({ vmUid: 'uid-web', vmName: 'web', ownerUid: 54321, nat: false });
    const [link] = JSON.parse((await runCommand(['ip', '-j', '-d', 'link', 'show', 'dev', `${tapPrefix}10`])).stdout);
    expect(link.linkinfo.info_data).toMatchObject({ type: 'tap', user: 54321, persist: true });
  });
});

describe('a guest', () => {
  test('reaches DNS, at the gateway’s port 53, and nothing else of the host', async () => {
    const guest = await attachGuest('web', true);
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
    const [web, db] = [await attachGuest('web', true), await attachGuest('db', true)];
    expect(await web.pings(gateway)).toBe(true);
    expect(await db.pings(gateway)).toBe(true);
    expect(await web.pings(db.attachment.ipv4Address)).toBe(false);
    expect(await db.pings(web.attachment.ipv4Address)).toBe(false);
    await expect(web.fetch(`http://10.99.0.200/`)).rejects.toThrow('exit code 7');
  });

  test('cannot speak for another address or card, nor IPv6', async () => {
    const [web, db] = [await attachGuest('web'), await attachGuest('db')];
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
  test('lets a guest out with the host’s address; off, it ends what is open', async () => {
    const guest = await attachGuest('web');
    const setNat = (nat: boolean) => lab.client.setNat({ vmUid: 'uid-web', nat });
    await expect(guest.fetch(internet.url)).rejects.toThrow('exit code 7');
    await setNat(true);
    expect(await guest.fetch(internet.url)).toBe(`you are ${hostAddress}`);
    const flow = await guest.flow(internet.url);
    await setNat(false);
    const count = flow.count();
    for (let i = 0; i < 5; i++) await expect(guest.fetch(internet.url)).rejects.toThrow('exit code 7');
    // The answer that was on its way may still have come.
    expect(flow.count()).toBeLessThanOrEqual(count + 1);
    await setNat(true);
    await flow.advances();
    flow.stop();
  });

  test('of one guest is not NAT of another', async () => {
    const [web, db] = [await attachGuest('web', true), await attachGuest('db')];
    expect(await web.fetch(internet.url)).toBe(`you are ${hostAddress}`);
    await expect(db.fetch(internet.url)).rejects.toThrow('exit code 7');
  });

  test('leaves a host that forwards anyway as it is', async () => {
    await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    const forwarding = await hostNetwork();
    await attach('web', true);
    await lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await hostNetwork()).toEqual(forwarding);
    await runCommand(['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
  });

  test('puts back what turning forwarding on has changed beside it', async () => {
    const odd = ['net.ipv4.conf.all.accept_redirects=0', 'net.ipv4.conf.lo.forwarding=1'];
    await runCommand(['sysctl', '-qw', ...odd]);
    const before = await hostNetwork();
    await attach('web', true);
    expect((await hostNetwork()).sysctls).toContain('net.ipv4.ip_forward = 1');
    await lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await hostNetwork()).toEqual(before);
    await runCommand(['sysctl', '-qw', 'net.ipv4.conf.all.accept_redirects=1', 'net.ipv4.conf.lo.forwarding=0']);
  });

  test('serves a script’s own interface, and goes without a trace', async () => {
    const script = { ipv4Address: '172.31.7.2', tap: 'scr0' };
    await runCommand(['ip', 'netns', 'add', 'bg-script']);
    cleanUps.push(() => runCommand(['ip', 'netns', 'delete', 'bg-script']));
    await batch(undefined, [
      'link add scr0 type veth peer name scr1 netns bg-script',
      'addr add 172.31.7.1/24 dev scr0',
      'link set scr0 up',
    ]);
    await batch('bg-script', [
      'addr add 172.31.7.2/24 dev scr1',
      'link set scr1 up',
      'route add default via 172.31.7.1',
    ]);
    const scripted = programsIn('bg-script');
    expect(await scripted.pings('172.31.7.1')).toBe(true);
    const before = await hostNetwork();
    await expect(scripted.fetch(internet.url, 2)).rejects.toThrow('exit code 28');
    await lab.client.putNatRule(script);
    expect(await scripted.fetch(internet.url)).toBe(`you are ${hostAddress}`);
    const flow = await scripted.flow(internet.url);
    await lab.stop();
    await lab.start();
    await flow.advances();
    flow.stop();
    await lab.client.deleteNatRule(script);
    await lab.client.deleteNatRule(script);
    expect(await hostNetwork()).toEqual(before);
    await expect(scripted.fetch(internet.url, 2)).rejects.toThrow('exit code 28');
  });
});

describe('a restart', () => {
  test.each(['stop', 'kill'] as const)('after a %s keeps every connection', async (how) => {
    const guest = await attachGuest('web', true);
    const flow = await guest.flow(internet.url);
    const right = await hostNetwork();
    await lab[how]();
    await flow.advances();
    await lab.start();
    await flow.advances();
    flow.stop();
    expect(await hostNetwork()).toEqual(right);
    expect((await lab.client.listAttachments({})).attachments).toEqual([guest.attachment]);
  });

  test('puts back what was lost meanwhile, and removes what belongs to nobody', async () => {
    await attach('web', true);
    await attach('db');
    const right = await steadyNetwork();
    const [stray] = JSON.parse((await runCommand(['ip', '-j', 'link', 'show', 'dev', `${tapPrefix}10`])).stdout);
    await lab.stop();
    await runCommand(['nft', 'flush', 'ruleset']);
    await batch(undefined, [
      ...[`link delete dev ${tapPrefix}10`, `addr delete ${gateway}/32 dev lo`],
      ...[`tuntap add dev ${tapPrefix}77 mode tap`, `link set dev ${tapPrefix}77 alias ${stray.ifalias}`],
    ]);
    await lab.start();
    expect(await steadyNetwork()).toEqual(right);
  });

  test('leaves another banger’s tap alone, even under a name like ours', async () => {
    const tap = `${tapPrefix}78`;
    await batch(undefined, [`tuntap add dev ${tap} mode tap`, `link set dev ${tap} alias banger:0123456789ab:0:other`]);
    cleanUps.push(() => batch(undefined, [`link delete dev ${tap}`]));
    await lab.stop();
    await lab.start();
    expect((await runCommand(['ip', 'link', 'show', 'dev', tap])).stdout).toContain('banger:0123456789ab:0:other');
  });

  /** The verbs, each in a state in which it has something to do. */
  const verbs: Record<string, () => Promise<unknown>> = {
    attach: () => attach('new', true),
    release: () => lab.client.releaseAttachment({ vmUid: 'uid-old' }),
    'NAT on': () => lab.client.setNat({ vmUid: 'uid-old', nat: true }),
    'put a rule': () => lab.client.putNatRule({ ipv4Address: '172.31.7.2', tap: 'lo' }),
  };
  const moments = ['ip before', 'ip after', 'nft before', 'nft after'] as const;
  const cases = Object.keys(verbs).flatMap((verb) => moments.map((moment) => [verb, moment] as const));

  test.each(cases)('after a kill in the middle of "%s", %s its work, is consistent', async (verb, moment) => {
    await attach('old');
    await lab.stop();
    const folder = await tempFolder();
    cleanUps.push(folder.remove);
    await writeDeadlyTool(folder.path, moment);
    await lab.start({ path: folder.path });
    await writeFile(join(folder.path, 'armed'), '');
    const outcome = await verbs[verb]?.().then(
      () => 'done',
      () => 'cut off',
    );
    // Turning NAT on runs no `ip`: then nothing is deadly, and the verb is done.
    if (outcome === 'cut off') await lab.ended();
    else await lab.stop();
    await lab.start();
    const { attachments } = await lab.client.listAttachments({});
    const taps = JSON.parse((await runCommand(['ip', '-j', 'link', 'show', 'type', 'tun'])).stdout || '[]');
    expect(taps.map((tap: { ifname: string }) => tap.ifname).sort()).toEqual(attachments.map(({ tap }) => tap).sort());
    const rules = (await runCommand(['nft', 'list', 'ruleset'])).stdout;
    for (const { tap, ipv4Address, nat } of attachments) {
      expect(rules.includes(`"${tap}" . ${ipv4Address}`)).toBe(nat);
    }
    await verbs[verb]?.();
    await lab.client.deleteNatRule({ ipv4Address: '172.31.7.2', tap: 'lo' });
  });
});

/** A tool that, once armed, kills the netd that runs it, just before or just after it has done a change. */
async function writeDeadlyTool(folder: string, moment: string): Promise<void> {
  const [tool = '', when] = moment.split(' ');
  const real = (await runCommand(['which', tool])).stdout.trim();
  const change = tool === 'ip' ? '-batch' : '-f';
  const deadly = when === 'before' ? 'kill -9 $PPID' : `${real} "$@"; kill -9 $PPID`;
  const script = [
    '#!/bin/sh',
    `case " $* " in *" ${change} "*) [ -e ${folder}/armed ] && { ${deadly}; exit; } ;; esac`,
    `exec ${real} "$@"`,
  ];
  await writeFile(join(folder, tool), `${script.join('\n')}\n`);
  await chmod(join(folder, tool), 0o755);
}

describe('another', () => {
  test('netd with names of its own lives beside this one', async () => {
    const second = await createLab({
      BANGER_NETD_IPV4_POOL: '10.98.0.0/24',
      BANGER_NETD_TAP_PREFIX: 'oth',
      BANGER_NETD_NFT_TABLE: 'netd_other',
    });
    cleanUps.push(second.dispose);
    await second.start();
    const guest = await attachGuest('web', true);
    const one = await hostNetwork();
    await second.client.ensureAttachment({ vmUid: 'uid-web', vmName: 'web', ownerUid: 0, nat: false });
    expect(await guest.fetch(internet.url)).toBe(`you are ${hostAddress}`);
    await second.client.releaseAttachment({ vmUid: 'uid-web' });
    await second.stop();
    await second.start();
    expect(await hostNetwork()).toEqual(one);
  });

  test('netd with the same names is refused, and disturbs nothing', async () => {
    const second = await createLab();
    cleanUps.push(second.dispose);
    await attach('web');
    const right = await hostNetwork();
    await second.start();
    const refused = second.client.ensureAttachment({ vmUid: 'uid-db', vmName: 'db', ownerUid: 0, nat: false });
    await expect(refused).rejects.toMatchObject({ kind: 'wrong-state', reason: expect.stringContaining('TAKEN') });
    expect(await hostNetwork()).toEqual(right);
  });
});

test('without CAP_NET_ADMIN, says so as soon as it is needed', async () => {
  await lab.stop();
  await lab.start({ prefix: ['setpriv', '--bounding-set=-net_admin'] });
  await expect(attach('web')).rejects.toMatchObject({
    reason: 'HOST_NOT_READY',
    preconditions: [{ type: 'RIGHT', subject: 'CAP_NET_ADMIN', description: 'run the daemons as root' }],
  });
});
