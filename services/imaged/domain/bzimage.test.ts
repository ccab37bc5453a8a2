import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { encodeLz4Legacy, makeBzImage, makeElf } from '../../../test/fakes/kernel-package.js';
import { checkVmlinux, readBzImage } from './bzimage.js';
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

test('what was unpacked must be a 64-bit ELF of the right size', () => {
  expect(() => checkVmlinux(vmlinux, vmlinux.length)).not.toThrow();
  expect(() => checkVmlinux(vmlinux, 1)).toThrow('not 1');
  expect(() => checkVmlinux(Buffer.alloc(8), 8)).toThrow('no 64-bit ELF');
});
