import { afterEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import type { GuestAnswer } from '../app/ports.js';
import type { Outcome } from '../domain/guest-counts.js';
import { answerMessage, flags, queryMessage } from '../testing/messages.js';
import { type Behaviour, type TestNameServer, testNameServer } from '../testing/name-server.js';
import { replyMessage } from '../testing/records.js';
import { readQuery } from './codec.js';
import type { Endpoint } from './endpoint.js';
import { GuestResolver, type GuestResolverOptions } from './guest-resolver.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const one = '10.77.0.10';
const other = '10.77.0.11';
const limits = {
  attemptMs: 10_000,
  totalMs: 30_000,
  seats: { total: 8, perOwner: 6 },
  cache: { entries: 100, bytes: 100_000 },
};

async function make(behaviour: Behaviour, options: Partial<GuestResolverOptions> = {}) {
  const server = await testNameServer(behaviour);
  open.push(server);
  const clock = { ms: 0 };
  const counted: string[] = [];
  let servers: readonly Endpoint[] = [server];
  const resolver = new GuestResolver({
    upstreams: async () => servers,
    isOurs: () => false,
    count: (address: string, outcome: Outcome) => counted.push(`${address} ${outcome}`),
    nameOf: () => 'web',
    log: silentLog,
    limits,
    now: () => clock.ms,
    ...options,
  });
  open.push({ close: () => resolver.stop() });
  const ask = (message: Buffer, address = one, transport: 'udp' | 'tcp' = 'udp') => {
    const query = readQuery(message);
    if (query === undefined) throw new Error('the message is too short');
    return resolver.forward(query, { address, transport }, 1232);
  };
  const use = (others: readonly Endpoint[]) => {
    servers = others;
  };
  return { server, clock, counted, resolver, ask, use };
}

const answers: Behaviour = (asked) => [answerMessage(asked)];
const silent: Behaviour = () => [];
const query = queryMessage('Example.com', { id: 1 });
const ttlOf = (reply: Buffer | undefined) => reply?.readUInt32BE(query.length + 6);
const asked = ({ asked: { udp, tcp } }: TestNameServer) => udp + tcp;
const areAsked = (server: TestNameServer, count: number) =>
  pollUntil(() => asked(server) === count, { what: `${count} queries have come`, timeoutMs: 20_000 });

test('an answer is remembered for its time, which is counted down, and for everybody', async () => {
  const { server, clock, counted, ask } = await make(answers);
  expect(ttlOf(await ask(query))).toBe(60);
  clock.ms = 59_400;
  const spelled = queryMessage('EXAMPLE.com', { id: 7 });
  const reply = await ask(spelled, other, 'tcp');
  expect(ttlOf(reply)).toBe(1);
  expect(reply?.subarray(0, 2)).toEqual(spelled.subarray(0, 2));
  expect(reply?.subarray(12, spelled.length)).toEqual(spelled.subarray(12));
  expect(asked(server)).toBe(1);
  clock.ms = 60_000;
  expect(ttlOf(await ask(query))).toBe(60);
  expect(asked(server)).toBe(2);
  expect(counted).toEqual([`${one} forwarded`, `${other} remembered`, `${one} forwarded`]);
});

test('questions that may have other answers are not taken for each other', async () => {
  const { server, ask } = await make(answers);
  const questions = [
    query,
    queryMessage('Example.com', { type: 255 }),
    queryMessage('Example.org'),
    queryMessage('Example.com', { edns: {} }),
    queryMessage('Example.com', { edns: { dnssecOk: true } }),
    queryMessage('Example.com', { flags: flags.recursionDesired | flags.checkingDisabled }),
    queryMessage('Example.com', { flags: 0 }),
  ];
  for (const question of [...questions, ...questions]) await ask(question);
  expect(asked(server)).toBe(questions.length);
});

test('a failure is remembered for a second', async () => {
  const { server, clock, ask } = await make((question) => [
    answerMessage(question, { count: 0, flags: flags.response | 2 }),
  ]);
  const rcode = async () => ((await ask(query))?.readUInt16BE(2) ?? 0) & 15;
  expect([await rcode(), await rcode()]).toEqual([2, 2]);
  const before = asked(server);
  clock.ms = 1_000;
  expect(await rcode()).toBe(2);
  expect(asked(server)).toBeGreaterThan(before);
});

test('other name servers are asked anew, and what the former say late is not remembered', async () => {
  const { server, ask, use, resolver } = await make(answers);
  await ask(query);
  expect(resolver.memory().entries).toBe(1);
  const late = await testNameServer(silent);
  open.push(late);
  use([late]);
  const waiting = ask(query);
  await areAsked(late, 1);
  use([{ ...server }]);
  expect(await ask(queryMessage('Other.com'))).toBeDefined();
  expect(resolver.memory().entries).toBe(1);
  resolver.stop();
  expect(await waiting).toBeUndefined();
  expect(resolver.servers()).toEqual([{ ...server }]);
});

test('what many ask at once is asked once', async () => {
  const { server, ask } = await make(answers);
  const all = await Promise.all([ask(query), ask(query, other), ask(queryMessage('EXAMPLE.COM', { id: 9 }), other)]);
  expect(all.map((reply) => reply?.readUInt16BE(0))).toEqual([1, 1, 9]);
  expect(asked(server)).toBe(1);
});

test('a question that comes back to us waits for itself, and goes round no second time', async () => {
  const box: { ask?: (message: Buffer, address: string) => Promise<Buffer | undefined> } = {};
  const back: (Buffer | undefined)[] = [];
  // The host's name server asks us again, by way of another guest.
  const { server, ask } = await make(
    (question) => {
      void box.ask?.(question, other).then((reply) => back.push(reply));
      return [];
    },
    { limits: { ...limits, attemptMs: 2_000, totalMs: 600 } },
  );
  box.ask = ask;
  expect(await ask(query)).toBeUndefined();
  await pollUntil(() => back.length === 1, { what: 'the second is told, too', timeoutMs: 20_000 });
  expect(back).toEqual([undefined]);
  expect(asked(server)).toBe(1);
});

test('a VM that is the host’s name server is not asked for itself', async () => {
  const { server, ask } = await make(answers);
  expect(await ask(query, server.address)).toBeUndefined();
  expect(asked(server)).toBe(0);
  expect(await ask(query)).toBeDefined();
});

test('that one of our listeners is among the name servers changes nothing for what is remembered', async () => {
  const own = { address: '127.0.0.1', port: 1 };
  const { server, ask, use } = await make(answers, { isOurs: ({ port }) => port === own.port });
  use([own, server]);
  await ask(query);
  await ask(query, other);
  expect(asked(server)).toBe(1);
});

test('private addresses are passed on as they are', async () => {
  const { ask } = await make((question) => [answerMessage(question, { address: '192.168.0.1' })]);
  expect((await ask(query))?.subarray(-4)).toEqual(Buffer.from([192, 168, 0, 1]));
});

test('one guest has its cap, and gives up its oldest when others need the room', async () => {
  const { server, ask, counted, resolver } = await make(silent);
  const name = (i: number) => queryMessage(`n${i}.example`);
  const flood = Array.from({ length: limits.seats.perOwner }, (_, i) => ask(name(i)));
  await areAsked(server, 6);
  expect(await ask(name(100))).toBeUndefined();
  const others = [20, 21, 22].map((i) => ask(name(i), other));
  expect(await flood[0]).toBeUndefined();
  await areAsked(server, 9);
  expect(counted).toEqual([`${one} limited`, `${one} limited`]);
  resolver.stop();
  expect(await Promise.all([...flood, ...others])).toEqual(Array.from({ length: 9 }, () => undefined));
});

test('who wants to hear of addresses hears of them before the guest does, from memory too', async () => {
  const heard: GuestAnswer[] = [];
  const goOn: (() => void)[] = [];
  const onGuestAnswer = (answer: GuestAnswer) => {
    heard.push(answer);
    return new Promise<void>((resolve) => goOn.push(resolve));
  };
  const { ask, clock } = await make(answers, { onGuestAnswer });
  const told = { name: 'example.com', addresses: ['192.0.2.1'] };
  for (const [address, ms, ttlSeconds] of [[one, 0, 60] as const, [other, 20_000, 40] as const]) {
    clock.ms = ms;
    let got = false;
    const reply = ask(query, address).finally(() => {
      got = true;
    });
    await pollUntil(() => goOn.length > 0, { what: 'it is told', timeoutMs: 20_000 });
    expect([heard.at(-1), got]).toEqual([{ ...told, asker: address, ttlSeconds }, false]);
    goOn.pop()?.();
    expect(await reply).toBeDefined();
  }
  expect(heard).toHaveLength(2);
});

test('an answer without addresses is told to nobody', async () => {
  const onGuestAnswer = async () => {
    throw new Error('told');
  };
  const { ask } = await make((question) => [answerMessage(question, { count: 0 })], { onGuestAnswer });
  expect(await ask(query)).toBeDefined();
});

test('a guest gets no addresses that whoever has to hear of them could not take', async () => {
  const failing = await make(answers, { onGuestAnswer: () => Promise.reject(new Error('netd is away')) });
  await expect(failing.ask(query)).rejects.toThrow('netd is away');
  const dumb = await make(answers, { onGuestAnswer: () => new Promise(() => {}) });
  await expect(dumb.ask(query)).rejects.toThrow('no answer within 1000 ms');
});

test('cookies and other options of one guest come to no other, and not to the name server', async () => {
  const seen: string[] = [];
  const cookie = Buffer.from('deadbeef', 'hex');
  const { ask } = await make((question) => {
    seen.push(question.toString('latin1'));
    return [replyMessage(question, { additional: [{ owner: '', type: 41, class: 4096, ttl: 0, data: cookie }] })];
  });
  const withCookie = Buffer.concat([
    queryMessage('Example.com', { edns: {} }).subarray(0, -2),
    Buffer.from([0, 8, 0, 10, 0, 4]),
    cookie,
  ]);
  const reply = await ask(withCookie);
  expect(seen.join()).not.toContain(cookie.toString('latin1'));
  expect(reply?.toString('latin1')).not.toContain(cookie.toString('latin1'));
  expect(reply?.readUInt16BE(10)).toBe(1);
  expect(reply?.subarray(-11)).toEqual(Buffer.from('00002904d0000000000000', 'hex'));
});
