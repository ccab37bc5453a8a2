import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BangerError, commonReasons, hostNotReady } from '../errors.js';
import { maxTarSize, tarEnd, tarHeader, tarPadding } from '../tar-header.js';
import { removePath, withStorageErrors } from './files.js';
import { missingTools } from './preflight.js';
import { writeSparse } from './sparse.js';
import { spawnChild } from './spawn.js';

/** Writes tar archives of files of any size. The same files under the same names give the same bytes. */

export interface TarFile {
  /** In the archive, up to 100 bytes. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** The size in bytes; a source that gives more or fewer is an error. */
  readonly size: number;
  /** The path of a file on this host, or the bytes, or what gives them. */
  readonly source: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface TarOptions {
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly signal?: AbortSignal;
  /** Hears how many bytes of content are done. */
  readonly onBytes?: (done: number) => void;
}

/**
 * Writes an archive of `files`, in their order, to `path`, which must not be there, and makes it durable. Fails with
 * HOST_NOT_READY, STORAGE_UNWRITABLE or the signal's reason; on any error nothing is left.
 */
export async function writeTarFile(path: string, files: readonly TarFile[], options: TarOptions): Promise<void> {
  await withStorageErrors(path, async () => {
    const file = await open(path, 'wx', 0o644);
    try {
      await compress(Readable.from(archiveOf(files, options), { objectMode: false }), file, options);
      await file.sync();
    } catch (error) {
      await removePath(path);
      options.signal?.throwIfAborted();
      throw error;
    } finally {
      await file.close();
    }
  });
}

/** The bytes of an archive of `files`, in their order. */
export async function* archiveOf(
  files: readonly TarFile[],
  { onBytes }: Pick<TarOptions, 'onBytes'>,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for (const file of files) {
    yield headersOf(file);
    let size = 0;
    for await (const chunk of contentOf(file)) {
      yield chunk;
      size += chunk.length;
      onBytes?.(done + size);
    }
    if (size !== file.size) throw changed(file, size);
    done += size;
    yield tarPadding(size);
  }
  yield tarEnd;
}

function contentOf({ source }: TarFile): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (typeof source === 'string') return createReadStream(source, { highWaterMark: 256 * 1024 });
  return source instanceof Uint8Array ? [source] : source;
}

/** A size that is too large for the header stands in one of pax in front of it: pax(1), "Extended Header". */
function headersOf({ name, mode, size }: TarFile): Buffer {
  const header = tarHeader({ type: 'file', path: name, mode, size: size > maxTarSize ? 0 : size });
  if (size <= maxTarSize) return header;
  const record = Buffer.from(paxRecord('size', String(size)));
  const extension = tarHeader({ type: 'extension', path: 'pax', mode, size: record.length });
  return Buffer.concat([extension, record, tarPadding(record.length), header]);
}

/** "LENGTH KEY=VALUE\n", where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

async function compress(content: Readable, file: FileHandle, { compression, signal }: TarOptions): Promise<void> {
  if (compression === 'zstd') return throughZstd(content, file, signal);
  const packer = compression === 'gzip' ? createGzip() : new PassThrough();
  await pipeline(content, packer, (chunks) => writeSparse(file, chunks as AsyncIterable<Buffer>, signal), { signal });
}

/**
 * Compresses a stream by zstd. Fails with HOST_NOT_READY, COMMAND_FAILED, what the stream fails with, or the signal's
 * reason. However it ends, nothing is read from `content` afterwards.
 */
export async function* compressZstd(
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await requireZstd();
  const child = spawnChild(zstdArgv, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const words = textOf(child.stderr as Readable);
  let failure: unknown;
  const feeding = pipeline(Readable.from(content, { objectMode: false }), child.stdin as Writable, { signal }).catch(
    (error) => {
      failure = error;
      child.kill('SIGKILL');
    },
  );
  try {
    yield* child.stdout as Readable;
    await feeding;
    if (failure !== undefined) throw failure;
    const [code] = await exit;
    if (code !== 0) throw zstdFailed(await words);
  } finally {
    child.kill('SIGKILL');
    await Promise.allSettled([feeding, exit]);
  }
}

const zstdArgv = ['zstd', '--compress', '--stdout', '--quiet', '--threads=0'];

async function requireZstd(): Promise<void> {
  const missing = await missingTools([{ program: 'zstd', debianPackage: 'zstd' }]);
  if (missing.length > 0) throw hostNotReady('pack an archive', missing);
}

function zstdFailed(words: string): BangerError {
  const output = words.trim();
  const metadata = { command: zstdArgv.join(' '), output };
  return new BangerError('internal', commonReasons.COMMAND_FAILED, `zstd failed: ${output}`, { metadata });
}

/** Node 20 has no zstd of its own. */
async function throughZstd(content: Readable, file: FileHandle, signal?: AbortSignal): Promise<void> {
  await requireZstd();
  const child = spawnChild(zstdArgv, { stdio: ['pipe', file.fd, 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const words = textOf(child.stderr as Readable);
  try {
    await pipeline(content, child.stdin as Writable, { signal });
  } catch (error) {
    child.kill('SIGKILL');
    await exit;
    throw error;
  }
  const [code] = await exit;
  if (code !== 0) throw zstdFailed(await words);
}

function changed({ name, size }: TarFile, actual: number): BangerError {
  const message = `cannot pack ${name}: it has ${actual} bytes, not ${size}: it changes while it is read`;
  return new BangerError('conflict', commonReasons.FILE_CHANGED, message, { metadata: { name } });
}
