import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLog } from '../../../lib/log.js';
import { rcodes } from '../domain/answer.js';
import type { Zone } from '../domain/zone.js';
import { answerMessage, flags, queryMessage, uint16s } from '../testing/messages.js';
import { zoneOf } from '../testing/zones.js';
import { type Asker, Traffic } from './endpoint.js';
import { type Forward, Responder } from './responder.js';

const udp: Asker = { address: '127.0.0.1', transport: 'udp' };
const web = zoneOf([{ name: 'web', address: '10.77.0.10' }]);
const moved = zoneOf([{ name: 'web', address: '10.77.0.11' }]);

function make(options: { forward?: Forward; zone?: () => Zone } = {}) {
  const traffic = new Traffic();
  const responder = new Responder({ zone: () => web, traffic, log: silentLog, ...options });
  return { responder, traffic };
}

async function reply(responder: Responder, message: Buffer, asker = udp): Promise<Buffer> {
  const given = await responder.respond(message, asker);
  if (given === undefined) throw new Error('no reply');
  return given;
}

const rcodeOf = (message: Buffer) => message.readUInt16BE(2) & 15;
const lastOctet = (message: Buffer) => message.at(-1);

test('a repeated question is answered from memory, under its own id and in its own spelling', async () => {
  let looks = 0;
  const counted = Object.assign(Object.create(web) as Zone, {
    find: (labels: readonly string[]) => {
      looks++;
      return web.find(labels);
    },
  });
  const { responder } = make({ zone: () => counted });
  const first = await reply(responder, queryMessage('web.vm', { id: 1 }));
  await reply(responder, queryMessage('web.vm', { id: 2 }));
  const third = await reply(responder, queryMessage('web.vm', { id: 3 }));
  expect(looks).toBe(2);
  expect(third.readUInt16BE(0)).toBe(3);
  expect(third.subarray(2)).toEqual(first.subarray(2));
  const spelled = await reply(responder, queryMessage('WEB.vm', { id: 4 }));
  expect(looks).toBe(3);
  expect(spelled.toString('latin1')).toContain('WEB');
});

test('a reply in hand is not changed by the next one', async () => {
  const { responder } = make();
  const [first, second, third] = [1, 2, 3].map((id) => reply(responder, queryMessage('web.vm', { id })));
  await reply(responder, queryMessage('web.vm', { id: 4 }));
  expect([await first, await second, await third].map((one) => one?.readUInt16BE(0))).toEqual([1, 2, 3]);
});

test('a new zone is answered from at once', async () => {
  let zone = web;
  const { responder } = make({ zone: () => zone });
  for (const _time of [1, 2, 3]) expect(lastOctet(await reply(responder, queryMessage('web.vm')))).toBe(10);
  zone = moved;
  expect(lastOctet(await reply(responder, queryMessage('web.vm')))).toBe(11);
});

test('answers, and what has none, are counted', async () => {
  const { responder, traffic } = make();
  await responder.respond(queryMessage('web.vm'), udp);
  await responder.respond(queryMessage('web.vm', { flags: flags.response }), udp);
  await responder.respond(Buffer.alloc(11), udp);
  expect(traffic).toMatchObject({ answered: 1, dropped: 2, limited: 0 });
  expect(traffic.answers()).toMatchObject({ noerror: 1, servfail: 0, other: 0 });
});

test('other names are refused, or forwarded where there is somebody to ask', async () => {
  const asked: string[] = [];
  const forward: Forward = async (query, asker, limit) => {
    asked.push(`${query.question?.labels.join('.')} ${asker.transport} ${limit}`);
    return answerMessage(query.message);
  };
  expect(rcodeOf(await reply(make().responder, queryMessage('example.com')))).toBe(rcodes.REFUSED);
  const { responder, traffic } = make({ forward });
  expect(lastOctet(await reply(responder, queryMessage('example.com')))).toBe(1);
  expect(lastOctet(await reply(responder, queryMessage('web.vm')))).toBe(10);
  expect(asked).toEqual(['example.com udp 512']);
  expect(traffic.answered).toBe(2);
});

test.each<[string, Forward]>([
  ['no name server helps', async () => undefined],
  [
    'forwarding breaks',
    async () => {
      throw new Error('broken');
    },
  ],
])('when %s the reply is SERVFAIL', async (_what, forward) => {
  expect(rcodeOf(await reply(make({ forward }).responder, queryMessage('example.com')))).toBe(rcodes.SERVFAIL);
});

test('a broken zone costs one reply, not the process', async () => {
  const broken = new Proxy(web, {
    get() {
      throw new Error('broken');
    },
  });
  const { responder, traffic } = make({ zone: () => broken });
  expect(await responder.respond(queryMessage('web.vm'), udp)).toBeUndefined();
  expect(traffic).toMatchObject({ answered: 0, dropped: 1, limited: 0 });
});

/** A query with some octets changed, cut off or appended: what gets deepest into a decoder. */
const mutated = fc
  .tuple(
    fc.constantFrom(
      queryMessage('web.vm'),
      queryMessage('api.web.vm', { edns: { size: 4096 } }),
      queryMessage('10.0.77.10.in-addr.arpa', { type: 12 }),
      queryMessage('vm', { type: 255, edns: { version: 1 } }),
    ),
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }),
    fc.nat(80),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([base, changes, length, tail]) => {
    const message = Buffer.concat([base.subarray(0, Math.max(2, length)), tail]);
    for (const [at, value] of changes) if (at < message.length) message[at] = value;
    return message;
  });
const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

test('20,000 datagrams of any content: each gets a decision, none more than 512 or 1232 bytes, none throws', () => {
  const { responder, traffic } = make();
  let count = 0;
  fc.assert(
    fc.property(fc.oneof(mutated, random), (message) => {
      count++;
      const given = responder.respond(message, udp);
      expect(given instanceof Promise).toBe(false);
      if (!(given instanceof Buffer)) return;
      expect(message.readUInt16BE(2) & flags.response).toBe(0);
      expect(given.subarray(0, 2)).toEqual(message.subarray(0, 2));
      expect(given.readUInt16BE(2) & flags.response).toBe(flags.response);
      expect(given.length).toBeLessThanOrEqual(1232);
    }),
    { numRuns: 20_000 },
  );
  expect(traffic.answered + traffic.dropped).toBe(count);
  expect(count).toBe(20_000);
});

/** Thousands of records whose names all go through the same 8,000 pointers: seconds of work for a trusting decoder. */
function pointerChain(): Buffer {
  const message = Buffer.alloc(65_000);
  const question = queryMessage('web.vm');
  question.copy(message);
  const [chain, chainEnd, recordBytes] = [question.length + 11, 16_380, 12];
  uint16s(1000, 1).copy(message, question.length + 1);
  message.writeUInt16BE(chainEnd + 2 - chain, question.length + 9);
  for (let at = chain; at < chainEnd; at += 2) message.writeUInt16BE(0xc000 | (at + 2), at);
  let count = 1;
  for (let at = chainEnd + 2; at + recordBytes < message.length; at += recordBytes, count++) {
    uint16s(0xc000 | chain, 1000, 1).copy(message, at);
  }
  message.writeUInt16BE(count, 10);
  return message;
}

test('a message made of pointers is not followed', async () => {
  const { responder } = make();
  const began = performance.now();
  expect(rcodeOf(await reply(responder, pointerChain(), { ...udp, transport: 'tcp' }))).toBe(rcodes.FORMERR);
  expect(performance.now() - began).toBeLessThan(1_000);
});
