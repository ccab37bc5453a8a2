/** What the first 4096 bytes of a disk tell: Linux, Documentation/filesystems/ext4/super.rst. Numbers are little-endian. */

export const headBytes = 4096;

const superblock = 1024;
const fields = {
  blocksLow: superblock + 0x04,
  logBlockSize: superblock + 0x18,
  magic: superblock + 0x38,
  incompatible: superblock + 0x60,
  blocksHigh: superblock + 0x150,
} as const;
const ext4Magic = 0xef53;
/** A magic number of a table of partitions, and where it stands: UEFI 2.10, 5.2.1 and 5.3.2. */
const bootSignature = { offset: 510, value: 0xaa55 } as const;
const gptSignature = { offset: 512, text: 'EFI PART' } as const;

const flags = { journalDevice: 0x8, needsRecovery: 0x4, is64bit: 0x80, encrypted: 0x10000, casefold: 0x20000 } as const;

export function isExt4(head: Uint8Array): boolean {
  return head.length >= fields.magic + 2 && bufferOf(head).readUInt16LE(fields.magic) === ext4Magic;
}

export function hasPartitions(head: Uint8Array): boolean {
  const bytes = bufferOf(head);
  if (bytes.length < gptSignature.offset + gptSignature.text.length || isExt4(head)) return false;
  const hasGpt = bytes.toString('latin1', gptSignature.offset, gptSignature.offset + 8) === gptSignature.text;
  return hasGpt || bytes.readUInt16LE(bootSignature.offset) === bootSignature.value;
}

/** Why a guest could not mount this disk, of so many bytes; undefined when it looks right. */
export function fileSystemProblem(head: Uint8Array, bytes: number): string | undefined {
  if (hasPartitions(head)) {
    return (
      'it is a whole disk with partitions, and banger boots a file system; copy the root partition out of it, such as by ' +
      '`losetup --find --show --partscan DISK` and `dd if=/dev/loop0p1 of=root.ext4 bs=4M`'
    );
  }
  if (head.length < headBytes || !isExt4(head)) return 'it holds no ext4 file system';
  const block = bufferOf(head);
  const features = block.readUInt32LE(fields.incompatible);
  if (features & flags.needsRecovery) {
    return 'it was not unmounted, and its journal must be replayed first: run `e2fsck -p` on it';
  }
  if (features & (flags.journalDevice | flags.encrypted | flags.casefold)) {
    return 'it uses features that a guest does not know (an external journal, encryption or case folding)';
  }
  const high = features & flags.is64bit ? block.readUInt32LE(fields.blocksHigh) : 0;
  const logSize = block.readUInt32LE(fields.logBlockSize);
  if (logSize > 6) return 'its superblock is damaged';
  const needed = (BigInt(high) * 2n ** 32n + BigInt(block.readUInt32LE(fields.blocksLow))) << BigInt(10 + logSize);
  return needed > BigInt(bytes) ? `it was cut off: it has ${bytes} bytes of ${needed}` : undefined;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
