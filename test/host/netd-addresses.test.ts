import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from '../../lib/host/command.js';
import { spawnChild } from '../../lib/host/spawn.js';
import { hostNetwork, ipBatch } from '../e2e/support/host.js';
import { hostAddress, internetAddress } from '../e2e/support/internet.js';
import { plugGuest } from './netd-lab.js';
import { netdSuite } from './netd-suite.js';

/** Which addresses VMs get, on a real kernel with real traffic. */

const suite = netdSuite();
const place = { ipv4Address: '10.99.0.77', macAddress: '52:54:00:12:34:56' };

describe('an address and a card that are asked for', () => {
  test('are the guest’s, and no other’s; nothing is made where they cannot be given', async () => {
    const guest = await suite.attachGuest('web', true, place);
    expect(guest.attachment).toMatchObject({ ...place, tap: 'ntd77' });
    expect(await guest.fetch(suite.internet.url)).toBe(`you are ${hostAddress}`);
    const right = await hostNetwork();
    await expect(suite.attach('db', place)).rejects.toMatchObject({ reason: 'ADDRESS_TAKEN' });
    const { macAddress } = place;
    await expect(suite.attach('db', { macAddress })).rejects.toMatchObject({ reason: 'MAC_TAKEN' });
    await expect(suite.attach('db', { ipv4Address: '10.99.0.1' })).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    await expect(suite.attach('db', { ...place, validateOnly: true })).rejects.toMatchObject({
      reason: 'ADDRESS_TAKEN',
    });
    expect(await hostNetwork()).toEqual(right);
  });
});

describe('an address that another VM had', () => {
  test('gets nothing that was for that one, also when it is taken at once', async () => {
    const server = await startPersistentServer(suite.internet.namespace);
    suite.onEnd(server.stop);
    const first = await suite.attach('web', { nat: true, ...place });
    const web = await plugGuest(first);
    // What is sent to the address without end comes, as long as it is the VM's.
    await web.run(process.execPath, '-e', listenScript, internetAddress, 'datagrams');
    await web.unplug();
    await suite.lab.client.releaseAttachment({ vmUid: 'uid-web' });
    expect(await connectionsOf(place.ipv4Address)).toBe('');
    const next = await suite.attachGuest('next', true, { ...place, macAddress: '' });
    expect(next.attachment.tap).toBe(first.tap);
    expect(await next.run(process.execPath, '-e', listenScript, internetAddress, 'an answer')).toBe('none before it');
  });
});

describe('a route of the host into the pool', () => {
  test('keeps the first VM out, is told of after that, and no longer when it is gone', async () => {
    const vpn = ['tuntap add dev vpn0 mode tun', 'link set vpn0 up', 'route add 10.96.0.0/11 dev vpn0 table 52'];
    await ipBatch(vpn);
    suite.onEnd(() => ipBatch(['link delete vpn0']));
    const before = await hostNetwork();
    await expect(suite.attach('web')).rejects.toMatchObject({
      reason: 'POOL_TAKEN',
      message: expect.stringContaining('a route to 10.96.0.0/11 by vpn0'),
    });
    expect(await hostNetwork()).toEqual(before);
    const poolFindings = async () => (await suite.lab.findings()).filter(({ subject }) => subject.includes('pool'));
    expect(await poolFindings()).toEqual([expect.objectContaining({ severity: 'error' })]);
    await ipBatch(['route delete 10.96.0.0/11 dev vpn0 table 52']);
    expect(await poolFindings()).toEqual([expect.objectContaining({ severity: 'ok' })]);
    await suite.attach('web');
    await ipBatch(['route add 10.96.0.0/11 dev vpn0 table 52']);
    expect(await poolFindings()).toEqual([expect.objectContaining({ severity: 'warning' })]);
    await ipBatch(['route delete 10.96.0.0/11 dev vpn0 table 52']);
  });
});

async function connectionsOf(address: string): Promise<string> {
  const { stdout } = await runCommand(['conntrack', '-L', '--any-nat']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(`=${address} `))
    .join('\n');
}

const [streamPort, answerPort] = [9001, 9002];

/** Whoever asked it first gets datagrams without end; who asks at the other port gets one answer, after five of those. */
const serverScript = `
  const dgram = require('node:dgram');
  const stream = dgram.createSocket('udp4').bind(${streamPort});
  const answers = dgram.createSocket('udp4').bind(${answerPort}, () => console.log('ready'));
  let sent = 0;
  stream.once('message', (_, { port, address }) => {
    setInterval(() => stream.send('late', port, address, () => { sent += 1; }), 20);
  });
  answers.on('message', (_, { port, address }) => {
    const goal = sent + 5;
    const timer = setInterval(() => {
      if (sent < goal) return;
      clearInterval(timer);
      answers.send('answer', port, address);
    }, 20);
  });`;

/** Ends when what it waits for has come: "datagrams", which it asks for, or "an answer", before which it counts them. */
const listenScript = `
  const [server, what] = process.argv.slice(1);
  const dgram = require('node:dgram');
  const stream = dgram.createSocket('udp4').bind(7000, () => {
    if (what === 'datagrams') setInterval(() => stream.send('begin', ${streamPort}, server), 200);
    else setInterval(() => asker.send('well?', ${answerPort}, server), 200);
  });
  let count = 0;
  stream.on('message', () => { count += 1; if (what === 'datagrams' && count === 5) process.exit(0); });
  const asker = dgram.createSocket('udp4');
  asker.on('message', () => { console.log(count === 0 ? 'none before it' : count + ' came'); process.exit(0); });`;

async function startPersistentServer(namespace: string): Promise<{ stop(): void }> {
  const argv = ['ip', 'netns', 'exec', namespace, process.execPath, '-e', serverScript];
  const server = spawnChild(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (server.stdout) await once(server.stdout, 'data');
  return { stop: () => void server.kill() };
}
