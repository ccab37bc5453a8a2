import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { frame } from '../../services/dnsd/host/framing.js';
import { queryMessage } from '../../services/dnsd/testing/messages.js';
import type { NamedGuest } from './fake-vmm.js';
import { hostileMessage, type Random, seededRandom } from './hostile-messages.js';
import { askTcp, NamesLab, UdpAsker } from './names-lab.js';

/** dnsd with 100,000 names, under floods, under packets of any content, and killed while it is asked. */

const port = 42_163;
const gateway = '10.64.0.1';
const nameCount = 100_000;
/** More is for whoever looks for what a few do not find. */
const fuzzCount = Number(process.env.BANGER_FUZZ_PACKETS ?? 50_000);
const mib = 1024 * 1024;

const lab = new NamesLab(port, { ipv4Pool: '10.64.0.0/10', gateway, ipv6Pool: 'fd00:77::/64' });
const guests = ['10.64.255.1', '10.64.255.2'];
let udp: UdpAsker;

function vm(i: number): NamedGuest {
  const number = i + 256;
  const octets = [64 + (number >>> 16), (number >>> 8) & 255, number & 255];
  return {
    address: `10.${octets.join('.')}`,
    ipv6Address: `fd00:77::${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`,
  };
}
const nameOf = (i: number) => `vm-${i}`;

beforeAll(async () => {
  if ((await runCommand(['ip', 'route'])).stdout !== '') {
    throw new Error('this suite adds addresses: run it in a network namespace of its own');
  }
  for (const ip of [gateway, ...guests]) await runCommand(['ip', 'address', 'add', `${ip}/32`, 'dev', 'lo']);
  await lab.start(new Map(Array.from({ length: nameCount }, (_, i) => [nameOf(i), vm(i)])));
  udp = await UdpAsker.open(port);
});

afterAll(async () => {
  udp?.close();
  await lab.stop();
  for (const ip of [gateway, ...guests]) await runCommand(['ip', 'address', 'del', `${ip}/32`, 'dev', 'lo']);
});

const rcodeOf = (reply: Buffer) => reply.readUInt16BE(2) & 15;
/** The four octets at the end of a reply without EDNS to a question for an address. */
const addressIn = (reply: Buffer) => (reply.readUInt16BE(6) === 1 ? [...reply.subarray(-4)].join('.') : 'none');

/** The first reply to a query; asked again every second, for a datagram may be lost. */
async function ask(name: string, type = 1, asker = udp): Promise<Buffer> {
  const id = Math.trunc(Math.random() * 65_536);
  const find = () => asker.received.find((reply) => reply.readUInt16BE(0) === id);
  asker.received.length = 0;
  for (let tries = 0; tries < 30 && find() === undefined; tries++) {
    asker.send(queryMessage(name, { id, type }));
    const isThere = () => find() !== undefined;
    await pollUntil(isThere, { what: `an answer for ${name}`, timeoutMs: 1_000, everyMs: 1 }).catch(() => undefined);
  }
  const reply = find();
  if (reply === undefined) throw new Error(`no answer for ${name}`);
  return reply;
}

test('every one of 100,000 names is there, both ways, in bounded memory', async () => {
  for (const i of [0, 1, 777, 65_280, 99_999]) {
    expect(addressIn(await ask(`${nameOf(i)}.vm`))).toBe(vm(i).address);
    const reverse = `${vm(i).address.split('.').reverse().join('.')}.in-addr.arpa`;
    expect((await ask(reverse, 12)).toString('latin1')).toContain(nameOf(i));
  }
  expect(rcodeOf(await ask('vm-100000.vm'))).toBe(3);
  expect(lab.residentBytes()).toBeLessThan(500 * mib);
});

test('a thousand changes of 100,000 names are each seen at once, and nothing else changes', async () => {
  const before = Number((await lab.client.getDnsStatus({})).serial);
  for (let i = 0; i < 1_000; i++) lab.vmm.set(`new-${i}`, { address: `10.127.${i >>> 8}.${i & 255}` });
  const isLast = async () => addressIn(await ask('new-999.vm')) === '10.127.3.231';
  await pollUntil(isLast, { what: 'the last change is seen', timeoutMs: 60_000 });
  expect(Number((await lab.client.getDnsStatus({})).serial) - before).toBeGreaterThanOrEqual(1_000);
  for (let i = 0; i < 1_000; i++) lab.vmm.delete(`new-${i}`);
  const isGone = async () => rcodeOf(await ask('new-999.vm')) === 3;
  await pollUntil(isGone, { what: 'the last one is gone', timeoutMs: 60_000 });
  expect(addressIn(await ask(`${nameOf(5)}.vm`))).toBe(vm(5).address);
});

/** Sends in batches, and waits after each until dnsd has come to its end: no more than fits is on its way. */
async function sendAll(count: number, next: () => Buffer, asker = udp): Promise<void> {
  for (let sent = 0; sent < count; sent += 64) {
    for (let i = 0; i < 64; i++) asker.send(next());
    await ask(`${nameOf(0)}.vm`);
  }
}

test(`${fuzzCount} packets of any content leave it up, with flat memory`, async () => {
  const random: Random = seededRandom(5);
  const next = () => hostileMessage(random);
  // What a process grows to when it is first used is no leak.
  await sendAll(20_000, next);
  const before = lab.residentBytes();
  const tcpShare = 0.02;
  for (let left = fuzzCount; left > 0; left -= 10_000) {
    const count = Math.min(left, 10_000);
    await sendAll(count * (1 - tcpShare), next);
    for (let i = 0; i < (count * tcpShare) / 20; i++) await askTcp(port, Array.from({ length: 20 }, next));
  }
  const after = lab.residentBytes();
  const told = `${fuzzCount} packets: from ${Math.round(before / mib)} to ${Math.round(after / mib)} MiB`;
  if (process.env.BANGER_FUZZ_PACKETS) process.stderr.write(`${told}\n`);
  expect({ isUp: lab.isUp(), told, isFlat: after - before < 64 * mib }).toEqual({ isUp: true, told, isFlat: true });
  expect(addressIn(await ask(`${nameOf(7)}.vm`))).toBe(vm(7).address);
});

test('a guest that floods loses its own answers, and nobody else’s', async () => {
  const [flooder, other] = [
    await UdpAsker.open(port, guests[0], gateway),
    await UdpAsker.open(port, guests[1], gateway),
  ];
  const { limitedCount: before } = await lab.client.getDnsStatus({});
  await sendAll(20_000, () => queryMessage(`${nameOf(1)}.vm`), flooder);
  expect(addressIn(await ask(`${nameOf(2)}.vm`, 1, other))).toBe(vm(2).address);
  const { limitedCount: after } = await lab.client.getDnsStatus({});
  expect(Number(after) - Number(before)).toBeGreaterThan(0);
  flooder.close();
  other.close();
});

test('connections that come in hundreds, trickle, or never read are bounded in number and in memory', async () => {
  const before = lab.residentBytes();
  const sockets: Socket[] = [];
  const query = frame(queryMessage(`${nameOf(3)}.vm`));
  const pipeline = Buffer.concat(Array.from({ length: 5_000 }, () => query));
  for (let i = 0; i < 300; i++) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(i % 2 === 0 ? pipeline : query.subarray(0, 5));
    sockets.push(socket);
  }
  const isFull = async () => Number((await lab.client.getDnsStatus({})).limitedCount) >= 300 - 32;
  await pollUntil(isFull, { what: 'those that are too many have made room', timeoutMs: 60_000 });
  expect((await askTcp(port, [queryMessage(`${nameOf(4)}.vm`)])).map(addressIn)).toEqual([vm(4).address]);
  expect(lab.residentBytes() - before).toBeLessThan(100 * mib);
  for (const socket of sockets) socket.destroy();
});

/** What a question for a name that exists may get: its answer, or "ask again". */
function verdict(reply: Buffer, wanted: string): 'right' | 'ask again' | 'wrong' {
  if (rcodeOf(reply) === 2) return 'ask again';
  return rcodeOf(reply) === 0 && reply.toString('latin1').includes(wanted) ? 'right' : 'wrong';
}

interface Question {
  readonly message: Buffer;
  readonly wanted: string;
}

/** A question by its number: for an address, an IPv6 address, or the name of an address. */
function question(id: number): Question {
  const i = (id * 7919) % nameCount;
  const { address } = vm(i);
  if (id % 3 === 0) {
    const reverse = `${address.split('.').reverse().join('.')}.in-addr.arpa`;
    return { message: queryMessage(reverse, { id, type: 12 }), wanted: nameOf(i) };
  }
  const edns = id % 2 === 0 ? {} : undefined;
  const wanted = Buffer.from([0, 4, ...address.split('.').map(Number)]).toString('latin1');
  return { message: queryMessage(`${nameOf(i)}.vm`, { id, edns }), wanted };
}

test('killed and started again under a load: what is answered is right, or asks to come again', async () => {
  const seen = { right: 0, 'ask again': 0, wrong: 0 };
  const asker = await UdpAsker.open(port);
  let id = 0;
  const round = () => {
    for (const reply of asker.received.splice(0)) seen[verdict(reply, question(reply.readUInt16BE(0)).wanted)]++;
    for (let i = 0; i < 32; i++) asker.send(question(id++ % 65_536).message);
  };
  const load = setInterval(round, 5);
  const rightAgain = async (what: string) => {
    const { right } = seen;
    await pollUntil(() => seen.right > right + 1_000, { what, timeoutMs: 120_000, everyMs: 5 });
  };
  try {
    await rightAgain('a thousand right answers');
    await lab.kill();
    lab.spawn();
    await lab.synced();
    await rightAgain('a thousand right answers after the last start');
  } finally {
    clearInterval(load);
    asker.close();
  }
  expect(seen.wrong).toBe(0);
  // It was asked before it knew anything.
  expect(seen['ask again']).toBeGreaterThan(0);
});
