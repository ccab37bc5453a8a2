import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { queryMessage, uint16s } from '../testing/messages.js';
import { recordBytes, replyMessage, type WrittenRecord } from '../testing/records.js';
import { readLabels, readMessage, skipName } from './wire.js';

const query = queryMessage('www.example.com');

const written = fc.record({
  owner: fc.constantFrom<string | number>('', 'a.example', 'www.example.com', 12, 16),
  type: fc.constantFrom(1, 2, 5, 6, 28, 41, 65_000),
  ttl: fc.nat(0x7fff_ffff),
  data: fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)),
});
const parts = fc.record({
  answer: fc.array(written, { maxLength: 5 }),
  authority: fc.array(written, { maxLength: 3 }),
  additional: fc.array(written, { maxLength: 3 }),
});

test('every record is found where it was written', () => {
  fc.assert(
    fc.property(parts, (sections) => {
      const bytes = replyMessage(query, sections);
      const message = readMessage(bytes);
      const expected = Object.entries(sections).flatMap(([section, records]) =>
        records.map((record: WrittenRecord) => ({ section, ttl: record.ttl, octets: recordBytes(record) })),
      );
      const found = message?.records.map(({ section, ttl, at, end }) => ({
        section,
        ttl,
        octets: bytes.subarray(at, end),
      }));
      expect(found).toEqual(expected);
    }),
  );
});

test('octets of any kind are read to their end or refused, never beyond', () => {
  const base = replyMessage(query, { answer: [{ owner: 12, type: 5, data: uint16s(0xc010) }] });
  const changes = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(changes, fc.nat(base.length), (octets, length) => {
      const bytes = Buffer.from(base.subarray(0, length));
      for (const [at, value] of octets) if (at < bytes.length) bytes[at] = value;
      for (const record of readMessage(bytes)?.records ?? []) {
        expect(record.end).toBeLessThanOrEqual(bytes.length);
        const labels = readLabels(bytes, record.at);
        expect((labels ?? []).join('.').length).toBeLessThanOrEqual(254);
      }
    }),
    { numRuns: 5_000 },
  );
});

test('a name that jumps in a circle, ahead or out of the message is none', () => {
  const jumps = (...targets: number[]) => uint16s(...targets.map((target) => 0xc000 | target));
  expect(readLabels(jumps(0), 0)).toBeUndefined();
  expect(readLabels(jumps(2, 0), 0)).toBeUndefined();
  expect(readLabels(jumps(2, 0), 2)).toBeUndefined();
  expect(readLabels(Buffer.from([0xc0]), 0)).toBeUndefined();
  expect(readLabels(Buffer.from([3, 97]), 0)).toBeUndefined();
  expect(readLabels(Buffer.from([0x80, 0]), 0)).toBeUndefined();
  expect(skipName(Buffer.from([0xc0]), 0)).toBeUndefined();
  expect(skipName(Buffer.from([1, 97]), 0)).toBeUndefined();
  expect(skipName(Buffer.from([0x80, 0]), 0)).toBeUndefined();
});

test('a chain of jumps that would be work without end is given up', () => {
  const chain = Buffer.concat([
    Buffer.from([0, 0]),
    ...Array.from({ length: 200 }, (_, i) => uint16s(0xc000 | (i * 2))),
  ]);
  expect(readLabels(chain, 100)).toEqual([]);
  expect(readLabels(chain, 400)).toBeUndefined();
});

test('a TTL with its first bit set is 0', () => {
  const bytes = replyMessage(query, { answer: [{ owner: 12, type: 1, ttl: 0x8000_0001, data: Buffer.alloc(4) }] });
  expect(readMessage(bytes)?.records[0]?.ttl).toBe(0);
});
