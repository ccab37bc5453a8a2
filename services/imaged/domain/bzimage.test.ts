import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeLz4Legacy, makeBzImage, makeElf } from '../../../test/fakes/kernel-package.js';
import { isBzImage, readBzImage } from './bzimage.js';
import { decodeLz4Legacy } from './lz4.js';

const vmlinux = makeElf([{ name: '.text', data: Buffer.alloc(3000, 'kernel ') }]);

test('finds an lz4 payload, its size and nothing else', () => {
  const packed = readBzImage(makeBzImage(encodeLz4Legacy(vmlinux), vmlinux.length));
  expect(packed).toMatchObject({ compression: 'lz4', size: vmlinux.length });
  expect(packed.data.equals(encodeLz4Legacy(vmlinux))).toBe(true);
  expect(decodeLz4Legacy(packed.data, packed.size).equals(vmlinux)).toBe(true);
});

test('gzip carries its size itself', () => {
  const payload = gzipSync(vmlinux);
  const packed = readBzImage(makeBzImage(payload, 0, { appendSize: false }));
  expect(packed).toMatchObject({ compression: 'gzip', size: vmlinux.length });
  expect(packed.data.equals(payload)).toBe(true);
});

test.each([
  ['zstd', '28b52ffd00'],
  ['xz', 'fd377a585a0000'],
])('knows %s by its magic number', (compression, magic) => {
  expect(readBzImage(makeBzImage(Buffer.from(magic, 'hex'), 9))).toMatchObject({ compression, size: 9 });
});

const good = makeBzImage(encodeLz4Legacy(vmlinux), vmlinux.length);

test.each([
  ['a short file', good.subarray(0, 300), 'too short'],
  ['another file', Buffer.alloc(4096, 'x'), 'no bzImage'],
  ['an old boot protocol', makeBzImage(encodeLz4Legacy(vmlinux), 1, { version: 0x0207 }), 'too old'],
  ['a cut file', good.subarray(0, 1600), 'past its end'],
  ['an unknown packing', makeBzImage(Buffer.from('BZh91AY'), 1), 'unknown way'],
])('%s is refused with the reason', (_what, image, reason) => {
  expect(() => readBzImage(image)).toThrow(RangeError);
  expect(() => readBzImage(image)).toThrow(reason);
});

test('a payload that announces more than any kernel has is refused before it is unpacked', () => {
  expect(() => readBzImage(makeBzImage(encodeLz4Legacy(vmlinux), 0xffff_ffff))).toThrow('more than any kernel');
});

test('the header says which release it is, unless it does not', () => {
  const packed = encodeLz4Legacy(vmlinux);
  expect(readBzImage(makeBzImage(packed, 9, { release: '6.9.1-1-cloud-amd64' })).release).toBe('6.9.1-1-cloud-amd64');
  expect(readBzImage(makeBzImage(packed, 9, { release: '../../etc' })).release).toBeUndefined();
  expect(readBzImage(makeBzImage(packed, 9)).release).toBeUndefined();
});

test('whatever the bytes are, it is read or refused with a RangeError', () => {
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 });
  // Where the header has its numbers, more often than elsewhere.
  const inHeader = fc.array(fc.tuple(fc.integer({ min: 0x1f1, max: 0x260 }), fc.nat(255)), { maxLength: 8 });
  const bytes = fc.tuple(changes, inHeader, fc.nat(good.length)).map(([some, others, length]) => {
    const image = Buffer.from(good);
    for (const [at, value] of [...some, ...others]) image[at] = value;
    return image.subarray(0, length);
  });
  const check = (image: Buffer) => {
    try {
      const { data, size } = readBzImage(image);
      expect(isBzImage(image)).toBe(true);
      expect(data.length).toBeLessThanOrEqual(image.length);
      decodeLz4Legacy(data, size % 100_000);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  };
  fc.assert(fc.property(fc.oneof(bytes, fc.uint8Array({ maxLength: 2000 }).map(Buffer.from)), check), {
    numRuns: 3000,
  });
});
