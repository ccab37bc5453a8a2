/**
 * Reads tar archives as a stream: ustar and its forerunners, pax (POSIX.1-2001) and GNU's long names. Strict, since what
 * it reads may come from anybody: what cannot be read in one way only is an error.
 */

export type TarEntryType = 'file' | 'folder' | 'symlink' | 'hardlink';

export interface TarEntry {
  readonly type: TarEntryType;
  /** As it stands in the archive; valid UTF-8, and nothing else is promised. */
  readonly name: string;
  /** Permission bits, as they stand in the archive. */
  readonly mode: number;
  /** Bytes of content; 0 unless it is a file. */
  readonly size: number;
  /** What a link points to; empty for all else. */
  readonly target: string;
  /** The content, to be read once and before the next entry is asked for. What is not read is skipped. */
  readonly content: AsyncIterable<Buffer>;
}

/** What is wrong with an archive: it is damaged, or it holds what we refuse to unpack. */
export class TarProblem extends Error {
  constructor(
    readonly kind: 'damaged' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

const blockBytes = 512;
/** Longer extended headers are no names: pax records of real archives take hundreds of bytes. */
const maxExtensionBytes = 1024 * 1024;

const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '\0': 'file',
  // "Contiguous": a file to all but one long-gone system.
  '7': 'file',
  '5': 'folder',
  '2': 'symlink',
  '1': 'hardlink',
};
const refusedTypes: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a fifo',
  S: 'a sparse file',
};

/** What extended headers say about the entry that follows them. */
interface Extension {
  name?: string;
  target?: string;
  size?: number;
}

/**
 * The entries of an archive, in its order. `onHeader` is called for each header, also those that only extend others.
 * Throws a TarProblem; reads to the very end, so that what checks `chunks` on the way has seen all.
 */
export async function* readTar(chunks: AsyncIterable<Buffer>, onHeader: () => void): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  let extension: Extension = {};
  try {
    for (;;) {
      const block = await source.take(blockBytes);
      if (isZero(block)) return await expectEnd(source);
      onHeader();
      checkSum(block);
      const flag = String.fromCharCode(block[156] ?? 0);
      if ('xgLK'.includes(flag)) {
        extension = { ...extension, ...(await readExtension(flag, sizeOf(block), source)) };
        continue;
      }
      const entry = describe(block, flag, extension);
      extension = {};
      const content = new Content(source, entry.size);
      yield { ...entry, content };
      await content.skip();
    }
  } finally {
    await source.close();
  }
}

async function readExtension(flag: string, size: number, source: ByteSource): Promise<Extension> {
  if (size > maxExtensionBytes) throw new TarProblem('refused', `it has an extended header of ${size} bytes`);
  const data = await source.take(size);
  await source.take(padding(size));
  if (flag === 'L') return { name: text(untilNul(data)) };
  if (flag === 'K') return { target: text(untilNul(data)) };
  const records = paxRecords(data);
  const sparse = [...records.keys()].find((key) => key.startsWith('GNU.sparse.'));
  if (sparse) throw new TarProblem('refused', 'it holds a sparse file');
  const extension: Extension = {};
  const [path, linkpath, length] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  if (path) extension.name = path;
  if (linkpath) extension.target = linkpath;
  if (length) extension.size = decimal(length);
  // A name or a size for every entry there is: no program writes that.
  if (flag === 'g' && Object.keys(extension).length > 0) {
    throw new TarProblem('refused', 'its global header gives one name or size to all entries');
  }
  return extension;
}

/** Records of the form "LENGTH KEY=VALUE\n", where LENGTH counts all of them. */
function paxRecords(data: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(' ', at);
    const length = decimal(data.toString('latin1', at, Math.max(space, at)));
    const record = data.subarray(space + 1, at + length);
    const equals = record.indexOf('=');
    if (length === 0 || at + length > data.length || equals < 1 || record.at(-1) !== 0x0a) {
      throw new TarProblem('damaged', 'an extended header is damaged');
    }
    records.set(record.toString('latin1', 0, equals), text(record.subarray(equals + 1, -1)));
    at += length;
  }
  return records;
}

function describe(block: Buffer, flag: string, extension: Extension): Omit<TarEntry, 'content'> {
  const name = extension.name ?? nameOf(block);
  const type = flag === '0' || flag === '\0' ? fileOrFolder(name) : types[flag];
  if (type === undefined) {
    const what = refusedTypes[flag] ?? `of the unknown type ${JSON.stringify(flag)}`;
    throw new TarProblem('refused', `${JSON.stringify(name)} is ${what}`);
  }
  const size = extension.size ?? sizeOf(block);
  if (type !== 'file' && size > 0)
    throw new TarProblem('refused', `${JSON.stringify(name)} has content and is no file`);
  const isLink = type === 'symlink' || type === 'hardlink';
  const target = isLink ? (extension.target ?? text(untilNul(block.subarray(157, 257)))) : '';
  return { type, name, mode: octal(block, 100, 8) & 0o777, size, target };
}

/** Before there was a type for folders, they were files whose names end in a slash. */
function fileOrFolder(name: string): TarEntryType {
  return name.endsWith('/') ? 'folder' : 'file';
}

function nameOf(block: Buffer): string {
  const name = text(untilNul(block.subarray(0, 100)));
  // GNU's own format has other things where ustar has the beginning of a long name.
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(untilNul(block.subarray(345, 500))) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function sizeOf(block: Buffer): number {
  const isBinary = ((block[124] ?? 0) & 0x80) !== 0;
  if (!isBinary) return octal(block, 124, 12);
  // GNU's way to write more than 8 GiB: a big-endian number below a marker byte.
  const size = BigInt(`0x${block.toString('hex', 125, 136)}`);
  if (block[124] !== 0x80 || size > Number.MAX_SAFE_INTEGER) throw new TarProblem('damaged', 'a size is out of range');
  return Number(size);
}

function octal(block: Buffer, at: number, length: number): number {
  const digits = block.toString('latin1', at, at + length).replace(/^ +|[ \0]+$/g, '');
  if (!/^[0-7]*$/.test(digits)) throw new TarProblem('damaged', 'a number in a header is damaged');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function decimal(digits: string): number {
  if (!/^\d{1,15}$/.test(digits)) throw new TarProblem('damaged', 'a number in an extended header is damaged');
  return Number(digits);
}

/** The checksum counts its own eight bytes as blanks. */
function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  const written = block.toString('latin1', 148, 156).match(/^ *([0-7]+)[ \0]*$/)?.[1] ?? '';
  if (Number.parseInt(written, 8) !== sum) {
    throw new TarProblem('damaged', 'it is no tar archive, or a header is damaged');
  }
}

function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new TarProblem('refused', 'it holds a name that is not UTF-8');
  }
}

function isZero(data: Buffer): boolean {
  return data.every((byte) => byte === 0);
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** Two blocks of zeros end an archive; writers fill up with more of them. */
async function expectEnd(source: ByteSource): Promise<void> {
  const second = await source.take(blockBytes);
  if (!isZero(second)) throw new TarProblem('damaged', 'it goes on where it should end');
  for await (const chunk of source.rest()) {
    if (!isZero(chunk)) throw new TarProblem('refused', 'it goes on after its end');
  }
}

class Content implements AsyncIterable<Buffer> {
  #left: number;

  constructor(
    private readonly source: ByteSource,
    private readonly size: number,
  ) {
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const chunk = await this.source.some(this.#left);
      this.#left -= chunk.length;
      yield chunk;
    }
  }

  async skip(): Promise<void> {
    while (this.#left > 0) this.#left -= (await this.source.some(this.#left)).length;
    await this.source.take(padding(this.size));
  }
}

/** Bytes of a stream, in portions that the reader chooses. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #ready: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many. */
  async take(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0; ) {
      const part = await this.some(left);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** At least one, and up to so many. */
  async some(most: number): Promise<Buffer> {
    while (this.#ready.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new TarProblem('damaged', 'it ends too early');
      this.#ready = value;
    }
    const part = this.#ready.subarray(0, most);
    this.#ready = this.#ready.subarray(part.length);
    return part;
  }

  async *rest(): AsyncGenerator<Buffer> {
    if (this.#ready.length > 0) yield this.#ready;
    for (;;) {
      const { value, done } = await this.#chunks.next();
      if (done) return;
      yield value;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
