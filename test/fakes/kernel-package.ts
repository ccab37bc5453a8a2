/** Made-up kernels and modules, small but of the right shape, for the readers of imaged. */

export interface MadeSection {
  readonly name: string;
  readonly data: Buffer;
}

const elfHeaderBytes = 64;
const sectionHeaderBytes = 64;

/** A 64-bit little-endian ELF file with these sections, after the empty one that every file starts with. */
export function makeElf(sections: readonly MadeSection[]): Buffer {
  const all = [{ name: '', data: Buffer.alloc(0) }, ...sections, { name: '.shstrtab', data: Buffer.alloc(0) }];
  const names = Buffer.from(all.map(({ name }) => `${name}\0`).join(''));
  const datas = all.map(({ name, data }) => (name === '.shstrtab' ? names : data));
  const header = Buffer.alloc(elfHeaderBytes);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  const body = Buffer.concat(datas);
  header.writeBigUInt64LE(BigInt(elfHeaderBytes + body.length), 0x28);
  header.writeUInt16LE(sectionHeaderBytes, 0x3a);
  header.writeUInt16LE(all.length, 0x3c);
  header.writeUInt16LE(all.length - 1, 0x3e);
  let name = 0;
  let offset = elfHeaderBytes;
  const table = all.map((section, i) => {
    const entry = Buffer.alloc(sectionHeaderBytes);
    const size = datas[i]?.length ?? 0;
    entry.writeUInt32LE(name, 0);
    entry.writeBigUInt64LE(BigInt(offset), 0x18);
    entry.writeBigUInt64LE(BigInt(size), 0x20);
    name += section.name.length + 1;
    offset += size;
    return entry;
  });
  return Buffer.concat([header, body, ...table]);
}

/** A kernel module that says of itself what `modinfo` would print. */
export function makeModule(info: readonly string[]): Buffer {
  const data = Buffer.from(info.map((entry) => `${entry}\0`).join(''));
  return makeElf([
    { name: '.text', data: Buffer.from('code') },
    { name: '.modinfo', data },
  ]);
}

export interface MadeKernelOptions {
  /** What it says of itself; empty for nothing. */
  readonly release?: string;
  /** Where its PVH note leads; undefined for no note. */
  readonly pvh?: number | undefined;
  readonly entry?: number;
  /** Makes it larger: what is loaded at 16 MiB, from its banner on. */
  readonly body?: Buffer;
}

/** Where made-up kernels are loaded. */
export const kernelAddress = 0x100_0000;
const programHeaderBytes = 56;
const segmentTypes = { load: 1, note: 4 } as const;

/** An ELF vmlinux that looks bootable, with a load segment and, unless `pvh` is undefined, a note. */
export function makeVmlinux(options: MadeKernelOptions = {}): Buffer {
  const { release = '6.9.1-1-cloud-amd64', entry = kernelAddress, body = Buffer.alloc(3000, 'kernel ') } = options;
  const pvh = 'pvh' in options ? options.pvh : kernelAddress;
  const banner = release === '' ? '' : `Linux version ${release} (test) #1 SMP\0`;
  const code = Buffer.concat([Buffer.from(banner), body]);
  const notes =
    pvh === undefined ? Buffer.alloc(0) : Buffer.concat([makeNote('GNU\0', 3, Buffer.alloc(20)), pvhNote(pvh)]);
  const start = elfHeaderBytes + 2 * programHeaderBytes;
  const header = Buffer.alloc(elfHeaderBytes);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(2, 0x10);
  header.writeUInt16LE(62, 0x12);
  header.writeBigUInt64LE(BigInt(entry), 0x18);
  header.writeBigUInt64LE(BigInt(elfHeaderBytes), 0x20);
  header.writeUInt16LE(programHeaderBytes, 0x36);
  header.writeUInt16LE(2, 0x38);
  const segments = [
    programHeader(segmentTypes.load, start, kernelAddress, code.length),
    programHeader(segmentTypes.note, start + code.length, 0, notes.length),
  ];
  return Buffer.concat([header, ...segments, code, notes]);
}

function pvhNote(address: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(BigInt(address));
  return makeNote('Xen\0', 18, value);
}

function makeNote(owner: string, type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(owner.length, 0);
  head.writeUInt32LE(value.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, Buffer.from(owner), value]);
}

function programHeader(type: number, offset: number, address: number, bytes: number): Buffer {
  const entry = Buffer.alloc(programHeaderBytes);
  entry.writeUInt32LE(type, 0);
  for (const [value, at] of [
    [offset, 0x08],
    [address, 0x18],
    [bytes, 0x20],
    [bytes, 0x28],
    [4, 0x30],
  ] as const) {
    entry.writeBigUInt64LE(BigInt(value), at);
  }
  return entry;
}

/** A bzImage around a packed payload; `size` is what it unpacks to. gzip carries that size in its own last bytes. */
export function makeBzImage(
  payload: Buffer,
  size: number,
  options: { appendSize?: boolean; version?: number; release?: string } = {},
): Buffer {
  const setupSectors = 2;
  const releaseAt = 0x300;
  const prefix = 16;
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(size);
  const data = options.appendSize === false ? payload : Buffer.concat([payload, trailer]);
  const start = (setupSectors + 1) * 512;
  const image = Buffer.alloc(start + prefix);
  image[0x1f1] = setupSectors;
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(options.version ?? 0x020f, 0x206);
  if (options.release !== undefined) {
    image.writeUInt16LE(releaseAt - 0x200, 0x20e);
    image.write(`${options.release} (test) #1 SMP\0`, releaseAt, 'latin1');
  }
  image.writeUInt32LE(prefix, 0x248);
  image.writeUInt32LE(data.length, 0x24c);
  return Buffer.concat([image, data, Buffer.from('what follows the payload')]);
}

/** Blocks of a legacy frame unpack to at most this. */
const blockBytes = 8 * 1024 * 1024;

/** Packs as an LZ4 legacy frame: greedy matching, good enough to make every kind of sequence. */
export function encodeLz4Legacy(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x02, 0x21, 0x4c, 0x18])];
  for (let at = 0; at < data.length; at += blockBytes) {
    const block = encodeBlock(data.subarray(at, at + blockBytes));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** The last match starts at least 12 bytes before the end, and the last 5 bytes are literals: lz4_Block_format.md. */
function encodeBlock(data: Buffer): Buffer {
  const out: number[] = [];
  const lastStart = new Map<number, number>();
  let anchor = 0;
  let at = 0;
  while (at + 12 < data.length) {
    const key = data.readUInt32LE(at);
    const candidate = lastStart.get(key);
    lastStart.set(key, at);
    if (candidate === undefined || at - candidate > 0xffff) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < data.length - 5 && data[candidate + length] === data[at + length]) length++;
    pushSequence(out, data.subarray(anchor, at), at - candidate, length);
    at += length;
    anchor = at;
  }
  pushSequence(out, data.subarray(anchor));
  return Buffer.from(out);
}

function pushSequence(out: number[], literals: Buffer, distance?: number, length = 4): void {
  out.push((Math.min(literals.length, 15) << 4) | Math.min(length - 4, 15));
  pushLength(out, literals.length);
  for (const byte of literals) out.push(byte);
  if (distance === undefined) return;
  out.push(distance & 0xff, distance >> 8);
  pushLength(out, length - 4);
}

function pushLength(out: number[], length: number): void {
  if (length < 15) return;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) out.push(255);
  out.push(rest);
}
