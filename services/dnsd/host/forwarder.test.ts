import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import type { Transport } from '../domain/query.js';
import { answerMessage, flags, queryMessage } from '../testing/messages.js';
import { type Behaviour, testNameServer } from '../testing/name-server.js';
import { readQuery } from './codec.js';
import type { Endpoint } from './endpoint.js';
import { GuestResolver } from './guest-resolver.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function nameServer(behaviour: Behaviour) {
  const server = await testNameServer(behaviour);
  open.push(server);
  return server;
}

const patient = { attemptMs: 10_000, totalMs: 30_000 };
const hasty = { ...patient, attemptMs: 100 };

/** Asks through a resolver that remembers nothing. */
function make(servers: readonly Endpoint[], times = patient, isOurs: (server: Endpoint) => boolean = () => false) {
  const limits = { ...times, seats: { total: 8, perOwner: 8 }, cache: { entries: 0, bytes: 0 } };
  const options = { upstreams: async () => servers, isOurs, limits, log: silentLog };
  const resolver = new GuestResolver({ ...options, count: () => undefined, nameOf: () => undefined });
  open.push({ close: () => resolver.stop() });
  return (message: Buffer, transport: Transport = 'udp', limit = 1232, address = '10.77.0.10') => {
    const received = readQuery(message);
    if (received === undefined) throw new Error('the message is too short');
    return resolver.forward(received, { address, transport }, limit);
  };
}

const query = queryMessage('Example.com', { id: 0x1234 });
const answers =
  (count: number): Behaviour =>
  (asked) => [answerMessage(asked, { count })];
const silent: Behaviour = () => [];
const rcode =
  (code: number): Behaviour =>
  (asked) => [answerMessage(asked, { count: 0, flags: flags.response | code })];

test('the answer comes back under the id of the query, which the name server never sees', async () => {
  const ids: number[] = [];
  const server = await nameServer((asked) => {
    ids.push(asked.readUInt16BE(0));
    return answers(1)(asked, 'udp');
  });
  const ask = make([server]);
  for (let i = 0; i < 4; i++) expect(await ask(query)).toEqual(answerMessage(query));
  expect(new Set(ids).size).toBeGreaterThan(1);
});

test('a server that changes the case of the name is understood, and the asker sees its own', async () => {
  const server = await nameServer((asked) => {
    const lower = Buffer.from(asked.toString('latin1').replace('Example', 'eXAMPLE'), 'latin1');
    return answers(1)(lower, 'udp');
  });
  expect(await make([server])(query)).toEqual(answerMessage(query));
});

test('what does not answer this very question is ignored, and the true answer is waited for', async () => {
  const server = await nameServer((asked) => {
    const wrongId = answerMessage(asked, { address: '6.6.6.6' });
    wrongId.writeUInt16BE((wrongId.readUInt16BE(0) + 1) & 0xffff, 0);
    const otherName = answerMessage(queryMessage('Exbmple.com', { id: asked.readUInt16BE(0) }), { address: '6.6.6.6' });
    const otherType = answerMessage(queryMessage('Example.com', { id: asked.readUInt16BE(0), type: 28 }));
    const noAnswer = answerMessage(asked, { flags: 0, address: '6.6.6.6' });
    const lies = [wrongId, otherName, otherType, noAnswer, Buffer.alloc(3), Buffer.from(asked)];
    return [...lies, answerMessage(asked)];
  });
  const ask = make([server]);
  expect(await ask(query)).toEqual(answerMessage(query));
  expect(await ask(query, 'tcp', 65_535)).toEqual(answerMessage(query));
});

test('over TCP the name server is asked over TCP', async () => {
  const server = await nameServer(answers(500));
  const reply = await make([server])(query, 'tcp', 65_535);
  expect(reply).toEqual(answerMessage(query, { count: 500 }));
  expect(server.asked).toEqual({ udp: 0, tcp: 1 });
});

const truncating =
  (count: number): Behaviour =>
  (asked, transport) => {
    const part = answerMessage(asked, { count: 1, flags: flags.response | flags.truncated });
    return transport === 'udp' ? [part] : answers(count)(asked, transport);
  };

test('a truncated answer is fetched whole', async () => {
  const server = await nameServer(truncating(20));
  expect(await make([server])(query)).toEqual(answerMessage(query, { count: 20 }));
  expect(server.asked).toEqual({ udp: 1, tcp: 1 });
});

test('of one that it cannot take it gets what fits, marked, so that it asks over TCP itself', async () => {
  const server = await nameServer(truncating(500));
  const reply = await make([server])(query, 'udp', 512);
  const fitting = Math.floor((512 - query.length) / 16);
  expect(reply).toEqual(answerMessage(query, { count: fitting, flags: flags.response | flags.truncated }));
});

test('a truncated answer that cannot be fetched whole is passed on as it is', async () => {
  const server = await nameServer((asked, transport) => (transport === 'tcp' ? [] : truncating(1)(asked, transport)));
  const expected = answerMessage(query, { count: 1, flags: flags.response | flags.truncated });
  expect(await make([server], hasty)(query)).toEqual(expected);
});

test('a silent server, a dead one and one that refuses are passed over, and the one that helped is asked first', async () => {
  const dead = await testNameServer(silent);
  await dead.close();
  const [mute, refusing, good] = [await nameServer(silent), await nameServer(rcode(5)), await nameServer(answers(1))];
  const ask = make([mute, dead, refusing, good], hasty);
  expect(await ask(query)).toEqual(answerMessage(query));
  expect(await ask(query)).toEqual(answerMessage(query));
  expect([mute.asked.udp, refusing.asked.udp, good.asked.udp]).toEqual([1, 1, 2]);
});

test('a silent server is passed over in time, though memory is tidied meanwhile', async () => {
  const [mute, good] = [await nameServer(silent), await nameServer(answers(1))];
  const reply = make([mute, good], { ...patient, attemptMs: 500 })(query);
  await pollUntil(() => mute.asked.udp === 1, { what: 'the silent server is asked', timeoutMs: 20_000 });
  collectGarbage();
  expect(await reply).toEqual(answerMessage(query));
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

test('a lost datagram is sent again', async () => {
  let first = true;
  const server = await nameServer((asked, transport) => {
    if (!first) return answers(1)(asked, transport);
    first = false;
    return [];
  });
  expect(await make([server], hasty)(query)).toEqual(answerMessage(query));
});

test('when nobody helps, the last refusal is passed on; without one there is no answer', async () => {
  const failing = await nameServer(rcode(2));
  expect((await make([failing])(query))?.readUInt16BE(2)).toBe(flags.response | 2);
  expect(await make([await nameServer(silent)], hasty)(query)).toBeUndefined();
  expect(await make([await nameServer(silent)], hasty)(query, 'tcp')).toBeUndefined();
  expect(await make([])(query)).toBeUndefined();
});

test('our own listeners are never asked', async () => {
  const own = await nameServer(answers(1));
  expect(await make([own], patient, (server) => server.port === own.port)(query)).toBeUndefined();
  expect(own.asked).toEqual({ udp: 0, tcp: 0 });
});

test('what cannot be read is no answer: the next server is asked', async () => {
  const cut: Behaviour = (asked) => [answerMessage(asked).subarray(0, -3)];
  const [babbling, good] = [await nameServer(cut), await nameServer(answers(1))];
  expect(await make([babbling, good])(query)).toEqual(answerMessage(query));
  expect(babbling.asked.udp).toBe(1);
});
