import { releaseIn } from './kernel-release.js';
import { lz4LegacyMagic } from './lz4.js';

/**
 * Reader of the x86 bzImage, the form in which distributions ship kernels: a boot sector with a header, a small
 * unpacker, and the ELF vmlinux, packed. Hypervisors boot the ELF directly, without the unpacker's work at every boot.
 *
 * Offsets: Linux, Documentation/arch/x86/boot.rst.
 */

export type Compression = Exclude<KernelPayload, 'none'>;
/** How a kernel was packed in the file that it came in; "none" for a plain ELF vmlinux. */
export const kernelPayloads = ['none', 'gzip', 'lz4', 'xz', 'zstd'] as const;
export type KernelPayload = (typeof kernelPayloads)[number];

/** Packed data. */
export interface Packed {
  readonly compression: Compression;
  readonly data: Buffer;
}

/** What a bzImage carries. */
export interface PackedKernel extends Packed {
  /** The packed data, without the length that the kernel's build appends to it. */
  readonly data: Buffer;
  /** The size of vmlinux in bytes, as it is announced; at most `maxVmlinuxBytes`. */
  readonly size: number;
  /** What the header calls the kernel; absent when it does not say. */
  readonly release?: string;
}

/** Kernels with all drivers have 100 MB; what is larger holds debugging data, or is a bomb. */
export const maxVmlinuxBytes = 512 * 1024 * 1024;

const setupSectorsOffset = 0x1f1;
const magicOffset = 0x202;
const versionOffset = 0x206;
const kernelVersionOffset = 0x20e;
/** What kernel_version counts from. */
const kernelVersionBase = 0x200;
const payloadOffset = 0x248;
const payloadLength = 0x24c;
/** payload_offset and payload_length came with boot protocol 2.08. */
const firstVersionWithPayload = 0x0208;
const sectorBytes = 512;

const magics: readonly (readonly [Compression, Buffer])[] = [
  ['lz4', lz4LegacyMagic],
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
];

/** Whether a file is a bzImage, by its magic number alone. */
export function isBzImage(file: Buffer): boolean {
  return file.toString('latin1', magicOffset, magicOffset + 4) === 'HdrS';
}

/** Finds the packed vmlinux. Throws a RangeError that says what is wrong when `image` is no bzImage we can read. */
export function readBzImage(image: Buffer): PackedKernel {
  if (image.length < payloadLength + 4) throw new RangeError('the file is too short for a bzImage');
  if (!isBzImage(image)) throw new RangeError('it is no bzImage');
  if (image.readUInt16LE(versionOffset) < firstVersionWithPayload) throw new RangeError('its boot protocol is too old');
  // boot.rst: for historical reasons 0 means 4.
  const setupSectors = image[setupSectorsOffset] || 4;
  const start = (setupSectors + 1) * sectorBytes + image.readUInt32LE(payloadOffset);
  const end = start + image.readUInt32LE(payloadLength);
  if (end > image.length || end - start < 8) throw new RangeError('its payload reaches past its end');
  const payload = image.subarray(start, end);
  const compression = compressionOf(payload);
  // The last four bytes are the unpacked size: appended by the build, or, with gzip, the format's own trailer.
  const size = payload.readUInt32LE(payload.length - 4);
  if (size > maxVmlinuxBytes) throw new RangeError(`its payload announces ${size} bytes, more than any kernel has`);
  const release = releaseOf(image);
  const data = compression === 'gzip' ? payload : payload.subarray(0, -4);
  return { compression, size, data, ...(release !== undefined && { release }) };
}

function releaseOf(image: Buffer): string | undefined {
  const at = image.readUInt16LE(kernelVersionOffset);
  if (at === 0) return undefined;
  return releaseIn(image.toString('latin1', kernelVersionBase + at, kernelVersionBase + at + 2 * sectorBytes));
}

function compressionOf(payload: Buffer): Compression {
  const found = magics.find(([, magic]) => payload.subarray(0, magic.length).equals(magic));
  if (found) return found[0];
  throw new RangeError(`its payload is packed in an unknown way (it starts with ${payload.toString('hex', 0, 4)})`);
}
