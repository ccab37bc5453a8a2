import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flags, queryMessage } from '../testing/messages.js';
import { replyMessage, type WrittenRecord } from '../testing/records.js';
import { type ReceivedQuery, readQuery } from './codec.js';
import { passOn, readReply, replyFor } from './passing-on.js';
import { readMessage } from './wire.js';

function received(message: Buffer): ReceivedQuery {
  const query = readQuery(message);
  if (query === undefined) throw new Error('the message is too short');
  return query;
}

const plain = received(queryMessage('WWW.example.com', { id: 7 }));
const spoken = received(queryMessage('www.example.COM', { id: 8, edns: { size: 4096, dnssecOk: true } }));
const opt = (ttl = 0): WrittenRecord => ({ owner: '', type: 41, class: 1232, ttl, data: Buffer.alloc(0) });
const text = (length: number): WrittenRecord => ({ owner: 12, type: 16, data: Buffer.alloc(length) });

test('a name server gets the question with the flags that matter to it, and EDNS if the guest speaks it', () => {
  const all = received(queryMessage('a.example', { id: 9, flags: 0x0fff & ~0x0200 & ~0x000f }));
  expect(passOn(all).message).toEqual(queryMessage('a.example', { id: 0, flags: 0x0130 }));
  expect(passOn(spoken).message).toEqual(
    queryMessage('www.example.COM', { id: 0, edns: { size: 1232, dnssecOk: true } }),
  );
});

test('the key of a query does not depend on its id and its spelling', () => {
  expect(passOn(received(queryMessage('www.EXAMPLE.com', { id: 99 }))).key).toBe(passOn(plain).key);
  expect(passOn(spoken).key).not.toBe(passOn(plain).key);
  // The octets of a type are no letters: 0x41 is A, 0x61 is a.
  const [upper, lower] = [0x0041, 0x0061].map((type) => passOn(received(queryMessage('a.example', { type }))).key);
  expect(upper).not.toBe(lower);
});

test('what EDNS says between a name server and us stays there', () => {
  const whole = replyMessage(plain.message, { answer: [text(4)], additional: [text(5), opt(), text(6)] });
  const expected = replyMessage(plain.message, { answer: [text(4)], additional: [text(5)] });
  expect(readReply(whole)?.bytes).toEqual(expected);
  expect(readReply(replyMessage(plain.message, { additional: [opt(0x0100_0000)] }))).toBeUndefined();
  expect(readReply(whole.subarray(0, -1))).toBeUndefined();
});

const parts = fc.record({
  answer: fc.array(fc.nat(300).map(text), { maxLength: 6 }),
  authority: fc.array(fc.nat(60).map(text), { maxLength: 2 }),
  additional: fc.array(fc.nat(60).map(text), { maxLength: 3 }),
});

test('a reply fits, is whole up to where it ends, and says when something that matters is missing', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom(plain, spoken), fc.integer({ min: 64, max: 1500 }), (sections, query, limit) => {
      const message = readReply(replyMessage(query.message, { flags: 0x8580, ...sections }));
      if (message === undefined) throw new Error('the reply cannot be read');
      const reply = replyFor(message, { query, limit, ageSeconds: 20 });
      const read = readMessage(reply);
      expect(reply.length).toBeLessThanOrEqual(limit);
      expect(reply.readUInt16BE(0)).toBe(query.message.readUInt16BE(0));
      expect(reply.subarray(12, query.questionEnd)).toEqual(query.message.subarray(12, query.questionEnd));
      const records = read?.records.filter(({ type }) => type !== 41) ?? [];
      expect(read?.records.length).toBe(records.length + (query.edns ? 1 : 0));
      expect(records.map(({ end }) => end)).toEqual(message.records.slice(0, records.length).map(({ end }) => end));
      expect(records.every(({ ttl }) => ttl === 40)).toBe(true);
      const missing = message.records[records.length]?.section;
      const truncated = missing !== undefined && missing !== 'additional' ? flags.truncated : 0;
      expect(reply.readUInt16BE(2)).toBe(0x8180 | truncated);
    }),
  );
});
