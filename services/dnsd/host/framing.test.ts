import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader, frame } from './framing.js';

test('messages come out as they went in, however the stream is cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map((message) => frame(Buffer.from(message))));
      const reader = new FrameReader();
      const received: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const length = cuts[i % cuts.length] ?? 1;
        reader.push(stream.subarray(at, at + length));
        at += length;
        for (let message = reader.next(); message; message = reader.next()) received.push(message);
      }
      expect(received).toEqual(sent.map((message) => Buffer.from(message)));
      expect(reader.nextLength()).toBeUndefined();
    }),
  );
});

test('the length of a message is known before the message is there', () => {
  const reader = new FrameReader();
  reader.push(Buffer.from([0xff]));
  expect(reader.nextLength()).toBeUndefined();
  reader.push(Buffer.from([0xff, 1]));
  expect(reader.nextLength()).toBe(65_535);
  expect(reader.next()).toBeUndefined();
});
