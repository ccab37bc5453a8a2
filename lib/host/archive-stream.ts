import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { hostNotReady } from '../errors.js';
import { missingTools } from './preflight.js';
import { spawnChild } from './spawn.js';
import { TarProblem } from './tar-reader.js';

const chunkBytes = 256 * 1024;
const gzipMagic = '1f8b';
const zstdMagic = '28b52ffd';

/** The bytes of an archive, decompressed as its first bytes tell: gzip, zstd, or none. Fails with a TarProblem when they are damaged. */
export async function* openArchive(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const magic = await firstBytes(path);
  if (magic === zstdMagic) yield* decompressZstd(path, signal);
  else if (magic.startsWith(gzipMagic)) yield* decompressGzip(path, signal);
  else yield* readPlain(path, signal);
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function readPlain(path: string, signal?: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { signal, highWaterMark: chunkBytes });
}

async function* decompressGzip(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { signal, highWaterMark: chunkBytes });
  const plain = createGunzip({ chunkSize: chunkBytes });
  packed.once('error', (error) => plain.destroy(error));
  try {
    yield* packed.pipe(plain) as AsyncIterable<Buffer>;
  } catch (error) {
    throw isZlibError(error) ? new TarProblem('damaged', `its compression is damaged (${error.message})`) : error;
  } finally {
    packed.destroy();
    plain.destroy();
  }
}

function isZlibError(error: unknown): error is Error {
  return /^(Z_|ERR_TRAILING)/.test((error as NodeJS.ErrnoException).code ?? '');
}

/** Node 20 has no zstd of its own. */
async function* decompressZstd(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const missing = await missingTools([{ program: 'zstd', debianPackage: 'zstd' }]);
  if (missing.length > 0) throw hostNotReady(`unpack ${path}`, missing);
  signal?.throwIfAborted();
  const packed = await open(path, 'r');
  const child = spawnChild(['zstd', '--decompress', '--stdout', '--quiet'], { stdio: [packed.fd, 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const end = () => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  try {
    const words = textOf(child.stderr as Readable);
    yield* child.stdout as Readable;
    const [code] = await exit;
    signal?.throwIfAborted();
    if (code !== 0) throw new TarProblem('damaged', `its compression is damaged (${(await words).trim()})`);
  } finally {
    signal?.removeEventListener('abort', end);
    end();
    await exit.catch(() => undefined);
    await packed.close();
  }
}
