import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kernelAddress, makeElf, makeVmlinux } from '../../../test/fakes/kernel-package.js';
import { judgeKernel } from './kernel-elf.js';

/** A good kernel with some bytes changed. */
function changed(at: number, ...bytes: readonly number[]): Buffer {
  const file = makeVmlinux();
  file.set(bytes, at);
  return file;
}

const wide = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return [...bytes];
};
/** Offsets of the two program headers. */
const loadHeader = 64;
const noteHeader = 64 + 56;

test('a kernel says by which doors it can be booted', () => {
  expect(judgeKernel(makeVmlinux())).toEqual({ entries: ['pvh', 'linux64'] });
  expect(judgeKernel(makeVmlinux({ pvh: undefined }))).toEqual({ entries: ['linux64'] });
  expect(judgeKernel(makeVmlinux({ entry: 0 }))).toEqual({ entries: ['pvh'] });
});

test('a door that leads to nothing that is loaded is none', () => {
  expect(judgeKernel(makeVmlinux({ pvh: 16 }))).toEqual({ entries: ['linux64'] });
  // It is entered in 32-bit mode.
  expect(judgeKernel(makeVmlinux({ pvh: kernelAddress + 2 ** 32 }))).toEqual({ entries: ['linux64'] });
  const noDoor = { problems: ['it has neither a PVH note nor a usable 64-bit entry'] };
  expect(judgeKernel(makeVmlinux({ pvh: undefined, entry: 0xffff_8000_0000 }))).toEqual(noDoor);
});

test.each([
  ['a text', Buffer.from('#!/bin/sh\n'), 'no ELF file'],
  ['nothing', Buffer.alloc(0), 'no ELF file'],
  ['the beginning of a kernel', makeVmlinux().subarray(0, 40), 'within its ELF header'],
  ['a 32-bit kernel', changed(4, 1), 'it is a 32-bit kernel'],
  ['a kernel for 64-bit ARM', changed(0x12, 183, 0), '64-bit ARM, not for x86-64'],
  ['one for a machine that nobody knows', changed(0x12, 255, 255), 'machine 65535'],
  ['a module', changed(0x10, 1, 0), 'a relocatable object, such as a module'],
  ['a program', changed(0x10, 3, 0), 'a position-independent program'],
  ['no program headers', changed(0x38, 0, 0), 'it has no program headers'],
  ['program headers of another size', changed(0x36, 1, 0), '1 bytes each'],
  ['program headers beyond the file', changed(0x20, ...wide(2 ** 50)), 'headers lie beyond its end'],
  ['a cut file', makeVmlinux().subarray(0, 1000), 'it was cut short'],
  ['a segment beyond the file', changed(loadHeader + 8, ...wide(2 ** 60)), 'it was cut short'],
  ['nothing to load', changed(loadHeader, 0), 'nothing to load'],
  ['a segment with less memory than content', changed(loadHeader + 0x28, ...wide(1)), 'larger in the file'],
  ['any other ELF file', makeElf([]), 'not an executable kernel'],
])('%s is refused with the reason', (_what, file, reason) => {
  expect(judgeKernel(file)).toEqual({ problems: expect.arrayContaining([expect.stringContaining(reason)]) });
});

test('all that is wrong with its kind is told at once', () => {
  const arm = changed(4, 1);
  arm.set([1, 0, 40, 0], 0x10);
  expect(judgeKernel(arm)).toMatchObject({ problems: { length: 3 } });
  const bigEndian = changed(5, 2, 1);
  bigEndian.set([0, 2, 0, 21], 0x10);
  expect(judgeKernel(bigEndian)).toEqual({
    problems: ['it is not little-endian', 'it is for PowerPC, not for x86-64'],
  });
});

test('notes may be aligned to eight bytes, and other notes do not matter', () => {
  expect(judgeKernel(changed(noteHeader + 0x30, ...wide(8)))).toEqual({ entries: ['linux64'] });
});

test('whatever the bytes are, there is a verdict', () => {
  const good = makeVmlinux();
  const change = fc.tuple(fc.oneof(fc.nat(200), fc.nat(good.length - 1)), fc.nat(255));
  const notes = fc.tuple(fc.integer({ min: good.length - 64, max: good.length - 1 }), fc.nat(255));
  const bytes = fc
    .tuple(fc.array(fc.oneof(change, notes), { maxLength: 6 }), fc.oneof(fc.constant(good.length), fc.nat(good.length)))
    .map(([changes, length]) => {
      const file = Buffer.from(good);
      for (const [at, value] of changes) file[at] = value;
      return file.subarray(0, length);
    });
  const anything = fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([good.subarray(0, 20), tail]));
  const check = (file: Buffer) => {
    const verdict = judgeKernel(file);
    if ('problems' in verdict) expect(verdict.problems.length).toBeGreaterThan(0);
    else expect(verdict.entries.length).toBeGreaterThan(0);
  };
  fc.assert(fc.property(fc.oneof(bytes, anything), check), { numRuns: 5000 });
});
