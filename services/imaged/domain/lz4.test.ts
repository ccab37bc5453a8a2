import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeLz4Legacy } from '../../../test/fakes/kernel-package.js';
import { decodeLz4Legacy } from './lz4.js';

/** Data with repeats, short and long, so that matches of every kind come up. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 24 }), fc.integer({ min: 1, max: 60 })), { maxLength: 40 })
  .map((parts) => Buffer.concat(parts.flatMap(([piece, times]) => Array<Uint8Array>(times).fill(piece))));

test('what was packed unpacks to the same', () => {
  fc.assert(
    fc.property(repetitive, (data) => {
      expect(decodeLz4Legacy(encodeLz4Legacy(data), data.length).equals(data)).toBe(true);
    }),
  );
});

test('a frame that the lz4 program made unpacks', () => {
  // printf 'banger banger banger banger banger banger!' | lz4 -l -9 | xxd -p
  const frame = Buffer.from('02214c18110000007f62616e6765722007000b506e67657221', 'hex');
  const text = 'banger banger banger banger banger banger!';
  expect(decodeLz4Legacy(frame, text.length).toString()).toBe(text);
});

test('frames that are joined unpack as one', () => {
  const [a, b] = [Buffer.from('first part, '), Buffer.from('second part')];
  const joined = Buffer.concat([encodeLz4Legacy(a), encodeLz4Legacy(b)]);
  expect(decodeLz4Legacy(joined, a.length + b.length).toString()).toBe('first part, second part');
});

test('damaged data is refused, and never read or written past its end', () => {
  fc.assert(
    fc.property(repetitive, fc.nat(), fc.integer({ min: 0, max: 255 }), (data, at, byte) => {
      const frame = encodeLz4Legacy(data);
      if (frame.length <= 8) return;
      frame[8 + (at % (frame.length - 8))] = byte;
      try {
        expect(decodeLz4Legacy(frame, data.length)).toHaveLength(data.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test.each([
  ['no frame', Buffer.from('plain'), 5],
  ['a cut frame', encodeLz4Legacy(Buffer.alloc(100, 'ab')).subarray(0, 10), 100],
  ['a size that is too large', encodeLz4Legacy(Buffer.from('small')), 50],
  ['a size that is too small', encodeLz4Legacy(Buffer.from('not so small')), 3],
])('%s is refused', (_what, frame, size) => {
  expect(() => decodeLz4Legacy(frame, size)).toThrow(RangeError);
});
