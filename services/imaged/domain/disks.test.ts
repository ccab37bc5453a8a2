import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initAmong, missingForBoot } from './boot-check.js';
import { fileSystemProblem, hasPartitions, headBytes, isExt4 } from './file-system.js';
import { isQcow2, readQcow2 } from './qcow2.js';

function qcow2({ version = 3, backing = 0n, encryption = 0, features = 0, size = 1n << 20n } = {}): Buffer {
  const head = Buffer.alloc(104);
  head.write('QFI\xfb', 'latin1');
  head.writeUInt32BE(version, 4);
  head.writeBigUInt64BE(backing, 8);
  head.writeBigUInt64BE(size, 24);
  head.writeUInt32BE(encryption, 32);
  head.writeBigUInt64BE(BigInt(features), 72);
  return head;
}

test('a qcow2 disk tells its size, and is refused when it names other files or cannot be read', () => {
  expect(readQcow2(qcow2())).toEqual({ virtualBytes: 1n << 20n });
  expect(readQcow2(qcow2({ version: 2, features: 4 }))).toEqual({ virtualBytes: 1n << 20n });
  const refused = [{ backing: 1n }, { encryption: 1 }, { features: 4 }, { version: 4 }];
  const told = [/backing file/, /encrypted/, /in another file/, /version 4/];
  for (const [i, wrong] of refused.entries())
    expect(readQcow2(qcow2(wrong))).toEqual({ why: expect.stringMatching(told[i] ?? '') });
  expect(readQcow2(qcow2().subarray(0, 73))).toEqual({ why: expect.stringMatching(/cut off/) });
});

/** A superblock of 256 blocks of 4 KiB. */
function ext4({ incompatible = 0x2c2, blocks = 256, high = 0, log = 2 } = {}): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(blocks, 1024 + 0x04);
  head.writeUInt32LE(log, 1024 + 0x18);
  head.writeUInt16LE(0xef53, 1024 + 0x38);
  head.writeUInt32LE(incompatible, 1024 + 0x60);
  head.writeUInt32LE(high, 1024 + 0x150);
  return head;
}

const mebibyte = 1024 * 1024;

test('a file system is taken when it is whole and plain', () => {
  expect(fileSystemProblem(ext4(), mebibyte)).toBeUndefined();
  expect(fileSystemProblem(ext4(), mebibyte - 1)).toMatch(/cut off: it has 1048575 bytes of 1048576/);
  expect(fileSystemProblem(ext4({ high: 1 }), mebibyte)).toMatch(/cut off/);
  expect(fileSystemProblem(ext4({ incompatible: 0x246, high: 1 }), mebibyte)).toMatch(/journal must be replayed/);
  expect(fileSystemProblem(ext4({ incompatible: 0x242, high: 1 }), mebibyte)).toBeUndefined();
  expect(fileSystemProblem(ext4({ incompatible: 0x10242 }), mebibyte)).toMatch(/features/);
  expect(fileSystemProblem(ext4({ log: 60 }), mebibyte)).toMatch(/damaged/);
  expect(fileSystemProblem(Buffer.alloc(headBytes), mebibyte)).toMatch(/no ext4/);
  expect(fileSystemProblem(ext4().subarray(0, 1100), mebibyte)).toMatch(/no ext4/);
});

test('a disk with partitions is told from a file system with a boot sector', () => {
  const mbr = Buffer.alloc(headBytes);
  mbr.writeUInt16LE(0xaa55, 510);
  const gpt = Buffer.alloc(headBytes);
  gpt.write('EFI PART', 512, 'latin1');
  const booted = ext4();
  booted.writeUInt16LE(0xaa55, 510);
  expect([mbr, gpt, booted, ext4()].map(hasPartitions)).toEqual([true, true, false, false]);
  expect(fileSystemProblem(mbr, mebibyte)).toMatch(/copy the root partition out/);
});

test('any bytes are judged without a failure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: headBytes }), fc.nat(), (bytes, size) => {
      isQcow2(bytes);
      isExt4(bytes);
      hasPartitions(bytes);
      readQcow2(Buffer.concat([qcow2().subarray(0, 4), bytes]));
      fileSystemProblem(bytes, size);
    }),
    { numRuns: 2000 },
  );
});

test('what a tree lacks to boot is named, all at once', () => {
  expect(missingForBoot(new Set())).toHaveLength(3);
  const own = ['/usr/lib/banger/own', '/usr/lib/banger/light-init'];
  expect(missingForBoot(new Set(own))).toEqual([expect.stringContaining('ssh server')]);
  expect(missingForBoot(new Set([...own, '/usr/sbin/dropbear']))).toEqual([]);
  expect(initAmong(new Set(own))).toBe('light');
  expect(initAmong(new Set(['/usr/lib/systemd/systemd']))).toBe('system');
});
