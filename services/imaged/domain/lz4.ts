/**
 * Decoder of the LZ4 "legacy" frame, the form in which Linux packs its kernels: a magic number, then blocks of a
 * 32-bit length and that many bytes of LZ4 data (lz4_Frame_format.md, "Legacy frame"; lz4_Block_format.md).
 */

/** The magic number 0x184C2102 in file order. */
export const lz4LegacyMagic = Buffer.from([0x02, 0x21, 0x4c, 0x18]);

/** Matches copy at least this many bytes; the token holds what is beyond it. */
const minMatch = 4;

/** Unpacks a whole legacy frame into `size` bytes. Throws a RangeError when the data is damaged or `size` is wrong. */
export function decodeLz4Legacy(frame: Buffer, size: number): Buffer {
  if (!frame.subarray(0, 4).equals(lz4LegacyMagic)) throw new RangeError('lz4: no legacy frame');
  const out = Buffer.allocUnsafe(size);
  let read = 4;
  let written = 0;
  while (written < size) {
    if (read + 4 > frame.length) throw new RangeError('lz4: the data ends early');
    const length = frame.readUInt32LE(read);
    read += 4;
    if (length === lz4LegacyMagic.readUInt32LE()) continue; // another frame follows: they may be joined
    if (length === 0 || read + length > frame.length) throw new RangeError('lz4: a block is longer than the data');
    written = decodeBlock(frame.subarray(read, read + length), out, written);
    read += length;
  }
  return out;
}

/** Unpacks one block into `out` from `start` on; returns where it ended. Matches may reach back into earlier blocks. */
function decodeBlock(block: Buffer, out: Buffer, start: number): number {
  const input = new ByteReader(block);
  let at = start;
  for (;;) {
    const token = input.byte();
    const literals = input.length(token >> 4);
    if (at + literals > out.length) throw new RangeError('lz4: more data than announced');
    at += input.copy(literals, out, at);
    if (input.atEnd()) return at;
    const distance = input.byte() | (input.byte() << 8);
    const match = input.length(token & 15) + minMatch;
    if (distance === 0 || distance > at) throw new RangeError('lz4: a match reaches before the start');
    if (at + match > out.length) throw new RangeError('lz4: more data than announced');
    repeat(out, at, distance, match);
    at += match;
  }
}

/** Copies `length` bytes from `distance` back. A match may overlap what it writes, and then repeats it. */
function repeat(out: Buffer, at: number, distance: number, length: number): void {
  if (distance >= length) {
    out.copyWithin(at, at - distance, at - distance + length);
    return;
  }
  for (let i = at; i < at + length; i++) out[i] = out[i - distance] as number;
}

class ByteReader {
  #at = 0;

  constructor(private readonly data: Buffer) {}

  atEnd(): boolean {
    return this.#at >= this.data.length;
  }

  byte(): number {
    const value = this.data[this.#at++];
    if (value === undefined) throw new RangeError('lz4: a block ends early');
    return value;
  }

  /** A length starts in four bits of the token; 15 means that bytes follow, up to the first that is not 255. */
  length(nibble: number): number {
    let value = nibble;
    if (nibble < 15) return value;
    for (let more = 255; more === 255; value += more) more = this.byte();
    return value;
  }

  copy(length: number, target: Buffer, at: number): number {
    if (this.#at + length > this.data.length) throw new RangeError('lz4: a block ends early');
    this.data.copy(target, at, this.#at, this.#at + length);
    this.#at += length;
    return length;
  }
}
