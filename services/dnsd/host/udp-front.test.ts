import type { RemoteInfo, Socket } from 'node:dgram';
import { expect, test } from '@jest/globals';
import { Traffic } from './endpoint.js';
import { receive } from './udp-front.js';

type Send = (reply: Buffer, port: number, address: string, done: (error: Error | null) => void) => void;

function sender(send: Send, unsent = 0): Pick<Socket, 'send' | 'getSendQueueSize'> {
  return { send: send as Socket['send'], getSendQueueSize: () => unsent };
}

const from = (port: number, address = '127.0.0.1'): RemoteInfo => ({ address, port, family: 'IPv4', size: 1 });
const query = Buffer.from('query');

function receiver(respond: () => Buffer | Promise<Buffer> = () => Buffer.from('reply')) {
  return {
    traffic: new Traffic(),
    respond,
    admits: (address: string) => address.startsWith('127.'),
    allows: () => true,
  };
}

test('the reply goes to where the query came from', () => {
  const sent: unknown[] = [];
  const options = receiver();
  receive(
    sender((reply, port, address) => sent.push([reply.toString(), port, address])),
    query,
    from(4000),
    options,
  );
  expect(sent).toEqual([['reply', 4000, '127.0.0.1']]);
});

test('a datagram from port 0, or from a stranger, is counted and not looked at', () => {
  const options = receiver(() => {
    throw new Error('looked at');
  });
  const nothing = sender(() => {
    throw new Error('sent');
  });
  receive(nothing, query, from(0), options);
  receive(nothing, query, from(4000, '192.0.2.1'), options);
  expect(options.traffic.dropped).toBe(2);
});

test('a query beyond the limit, and a reply to a full queue, are counted and cost nothing more', () => {
  const nothing: Send = () => {
    throw new Error('sent');
  };
  const beyond = { ...receiver(), allows: () => false };
  receive(sender(nothing), query, from(4000), beyond);
  const full = receiver();
  receive(sender(nothing, 2 ** 20 + 1), query, from(4000), full);
  expect([beyond.traffic, full.traffic]).toMatchObject([
    { limited: 1, dropped: 0 },
    { limited: 1, dropped: 0 },
  ]);
});

test('a reply that cannot be sent is lost, and nothing else', async () => {
  const options = receiver();
  const failing: Send[] = [
    (_reply, _port, _address, done) => done(new Error('EMSGSIZE')),
    () => {
      throw new Error('ERR_SOCKET_DGRAM_NOT_RUNNING');
    },
  ];
  for (const send of failing) receive(sender(send), query, from(4000), options);
  const later = receiver(async () => Buffer.from('reply'));
  for (const send of failing) receive(sender(send), query, from(4000), later);
  await Promise.resolve();
  await Promise.resolve();
  expect([options.traffic.dropped, later.traffic.dropped]).toEqual([2, 2]);
});
