/**
 * Reads the headers of a tar archive that comes in pieces, and skips what is in its files: "ustar" with the extensions
 * of pax and GNU. It never holds more than one header. What it cannot make sense of is a RangeError; an end that is
 * missing is not, for tools that make layers leave it out.
 */

export type TarEntryType = 'file' | 'folder' | 'link' | 'hard link' | 'device' | 'pipe';

export interface TarEntry {
  readonly path: string;
  readonly type: TarEntryType;
  /** The bytes of a file's content in the archive. */
  readonly size: number;
  /** When its content was last changed, in whole seconds since 1970; 0 when the header has no such time. */
  readonly mtime: number;
}

const blockBytes = 512;
/** Names and extended headers are read into memory; a longer one is no honest one. */
const maxExtensionBytes = 1024 * 1024;

const typeOfFlag: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard link',
  '2': 'link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'pipe',
};
const globalHeader = 'g';
const paxHeader = 'x';
const longName = 'L';
const longLink = 'K';
const sparseFile = 'S';

/** What an extension said of the entry that comes next. */
interface Extension {
  path?: string;
  size?: number;
}

export class TarScan {
  /** What has come of a header or an extension that is not whole yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wanted = blockBytes;
  #reading: 'header' | 'extension' = 'header';
  #extensionFlag = '';
  #extensionSize = 0;
  #extension: Extension = {};
  #toSkip = 0;
  #ended = false;

  constructor(private readonly onEntry: (entry: TarEntry) => void) {}

  /** Throws a RangeError at what is no tar archive. */
  write(chunk: Uint8Array): void {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < data.length && !this.#ended; ) {
      const skipped = Math.min(this.#toSkip, data.length - at);
      this.#toSkip -= skipped;
      at += skipped;
      const part = data.subarray(at, at + this.#wanted - this.#heldBytes);
      if (this.#toSkip > 0 || part.length === 0) continue;
      at += part.length;
      this.#hold(part);
    }
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
    if (this.#heldBytes < this.#wanted) return;
    const whole = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#reading === 'header') this.#readHeader(whole);
    else this.#readExtension(whole.subarray(0, this.#extensionSize));
  }

  #readHeader(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    checkSum(block);
    const flag = block.toString('latin1', 156, 157);
    const size = this.#extension.size ?? numberAt(block, 124, 12);
    if ([globalHeader, paxHeader, longName, longLink].includes(flag)) {
      this.#awaitExtension(flag, block);
      return;
    }
    if (flag === sparseFile) throw sparse(nameOf(block));
    const type = typeOfFlag[flag];
    const path = this.#extension.path ?? nameOf(block);
    if (type === undefined) throw new RangeError(`tar: ${path} is of an unknown type, "${flag}"`);
    this.#extension = {};
    const content = type === 'file' ? size : 0;
    this.#toSkip = padded(content);
    this.onEntry({ path, type, size: content, mtime: timeAt(block, 136, 12) });
  }

  #awaitExtension(flag: string, block: Buffer): void {
    const size = numberAt(block, 124, 12);
    if (size > maxExtensionBytes) throw new RangeError(`tar: an extended header of ${size} bytes`);
    this.#extensionFlag = flag;
    this.#extensionSize = size;
    if (size === 0) return;
    this.#reading = 'extension';
    this.#wanted = padded(size);
  }

  #readExtension(data: Buffer): void {
    this.#reading = 'header';
    this.#wanted = blockBytes;
    if (this.#extensionFlag === longName) this.#extension.path = untilNul(data);
    if (this.#extensionFlag === paxHeader) Object.assign(this.#extension, readPax(data));
    // A global header could say that all files are sparse.
    if (this.#extensionFlag === globalHeader) readPax(data);
  }
}

/** Records of pax: "LENGTH KEY=VALUE\n", where the length counts itself. */
function readPax(data: Buffer): Extension {
  const extension: Extension = {};
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(' ', at);
    const length = Number(data.toString('latin1', at, blank));
    if (blank < 0 || !Number.isSafeInteger(length) || length <= blank - at || at + length > data.length) {
      throw new RangeError('tar: a damaged pax header');
    }
    const record = data.toString('utf8', blank + 1, at + length - 1);
    const key = record.slice(0, record.indexOf('='));
    const value = record.slice(key.length + 1);
    if (key.startsWith('GNU.sparse.')) throw sparse(extension.path ?? 'a file');
    if (key === 'path') extension.path = value;
    if (key === 'size') extension.size = wholeNumber(value);
    at += length;
  }
  return extension;
}

function sparse(path: string): RangeError {
  return new RangeError(`tar: ${path} is a sparse file, whose size in the archive says nothing`);
}

function checkSum(block: Buffer): void {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (numberAt(block, 148, 8) !== sum) throw new RangeError('tar: a header whose checksum is wrong');
}

/** Octal digits, or big-endian bytes after a first byte of 0x80. */
function numberAt(block: Buffer, at: number, length: number): number {
  if ((block[at] ?? 0) & 0x80) {
    const value = block
      .subarray(at + 1, at + length)
      .reduce((total, byte) => total * 256 + byte, (block[at] ?? 0) & 0x7f);
    return wholeNumber(String(value));
  }
  const text = untilNul(block.subarray(at, at + length)).trim();
  if (!/^[0-7]*$/.test(text)) throw new RangeError('tar: a number that is not octal');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

/** Times before 1970 have a form of their own, and no reader of headers needs them. */
function timeAt(block: Buffer, at: number, length: number): number {
  const seconds = Number.parseInt(untilNul(block.subarray(at, at + length)).trim(), 8);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : 0;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`tar: an impossible size, ${text}`);
  return value;
}

function nameOf(block: Buffer): string {
  const name = untilNul(block.subarray(0, 100));
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? untilNul(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
