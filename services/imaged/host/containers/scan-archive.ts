import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createReadStream, createWriteStream, open } from '../../../../lib/host/files.js';
import { type TarEntry, TarScan } from '../../domain/tar-scan.js';

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** More bytes than this, unpacked, are a RangeError. */
  readonly limitBytes: number;
  /** Hears how many bytes have come by, unpacked. */
  readonly onBytes?: (bytes: number) => void;
  /** Keeps the archive here, unpacked. */
  readonly unpackTo?: string;
}

const gzipMagic = Buffer.from([0x1f, 0x8b]);
const chunkBytes = 1024 * 1024;

/**
 * Reads a tar archive, also one that gzip has packed, to its end. Throws a RangeError at what is no such archive, and
 * ArchiveTooLarge at one that is larger than it may be.
 */
export async function scanArchive(
  path: string,
  onEntry: (entry: TarEntry) => void,
  { signal, limitBytes, onBytes, unpackTo }: ScanOptions,
): Promise<void> {
  const scan = new TarScan(onEntry);
  let bytes = 0;
  // A pipeline that fails in the middle tells of the abort that follows, and not of what failed.
  let failure: unknown;
  const judge = (chunk: Buffer) => {
    try {
      bytes += chunk.length;
      if (bytes > limitBytes) throw new ArchiveTooLarge(limitBytes);
      scan.write(chunk);
      onBytes?.(bytes);
      return chunk;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  async function* judged(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) yield judge(chunk);
  }
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const unpacked = (await isGzip(path)) ? createGunzip({ chunkSize: chunkBytes }) : new PassThrough();
  const sink = unpackTo === undefined ? drain : createWriteStream(unpackTo);
  try {
    await pipeline(file, unpacked, judged, sink, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    // zlib's own errors have codes such as Z_DATA_ERROR.
    if (/^Z_/.test((error as NodeJS.ErrnoException).code ?? '')) {
      throw new RangeError(`gzip: ${(error as Error).message}`);
    }
    throw error;
  }
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}

/** An archive holds more than there is room for. */
export class ArchiveTooLarge extends Error {
  constructor(readonly limitBytes: number) {
    super(`it holds more than ${Math.floor(limitBytes / 1024 / 1024)} MiB`);
  }
}

/** Whether gzip has packed a file. */
export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.equals(gzipMagic);
  } finally {
    await file.close();
  }
}
