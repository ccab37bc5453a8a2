/** Headers of qcow2 disks: qemu, docs/interop/qcow2.rst, "Header". All numbers are big-endian. */

const magic = 'QFI\xfb';
const headerBytes = 72;
const offsets = { version: 4, backingFile: 8, size: 24, encryption: 32, incompatible: 72 } as const;
/** Bit 2 of the incompatible features: the data are in another file. */
const externalData = 1 << 2;

export function isQcow2(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, magic.length)).toString('latin1') === magic;
}

export interface Qcow2 {
  /** The size of the disk that it holds, in bytes. */
  readonly virtualBytes: bigint;
}

/** What the first bytes of a qcow2 disk say, or why it is refused: nothing but the file itself may ever be read. */
export function readQcow2(head: Uint8Array): Qcow2 | { readonly why: string } {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (!isQcow2(bytes) || bytes.length < headerBytes) return { why: 'it has no whole header of a qcow2 disk' };
  const version = bytes.readUInt32BE(offsets.version);
  if (version !== 2 && version !== 3) return { why: `it is of version ${version} of qcow2; convert it to version 3` };
  if (bytes.readBigUInt64BE(offsets.backingFile) !== 0n) {
    return { why: 'it lies on a backing file; flatten it with `qemu-img convert -O qcow2` first' };
  }
  if (bytes.readUInt32BE(offsets.encryption) !== 0) return { why: 'it is encrypted; convert it to a plain one first' };
  if (version === 3 && bytes.length < offsets.incompatible + 8) return { why: 'its header was cut off' };
  const features = version === 3 ? bytes.readUInt32BE(offsets.incompatible + 4) : 0;
  if ((features & externalData) !== 0) {
    return { why: 'its data are in another file; flatten it with `qemu-img convert -O qcow2` first' };
  }
  return { virtualBytes: bytes.readBigUInt64BE(offsets.size) };
}
