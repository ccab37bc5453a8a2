import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { open, removePath, rename } from '../lib/host/files.js';
import type { Context } from './context.js';
import { usageError } from './errors.js';

/** Large things between services, files and pipes. */

/** Writes a file that appears under its name when it is whole; returns its size in bytes. Nothing is left of one that fails. */
export async function writeWhole(path: string, pieces: AsyncIterable<Uint8Array>, mode = 0o644): Promise<number> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w', mode).catch((error: Error) => {
    throw usageError([{ field: '--output', description: `cannot be written: ${error.message}` }]);
  });
  try {
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        await file.writeFile(piece);
        bytes += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
    return bytes;
  } catch (error) {
    await removePath(partial);
    throw error;
  }
}

/** Writes to standard output, no faster than it is read there. */
export async function writeToOutput(ctx: Context, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) await ctx.writeAll(piece);
}

/** Gives `work` the path of a file with all of standard input; the file is gone afterwards. */
export async function withInputAsFile<T>(ctx: Context, work: (path: string) => Promise<T>): Promise<T> {
  if (ctx.stdin.isTTY) throw usageError(['standard input is a terminal: name a file, or give a pipe']);
  // Not /tmp, which may lie in memory: it may be large.
  const path = join(process.env.TMPDIR ?? '/var/tmp', `banger-input-${randomBytes(6).toString('hex')}`);
  try {
    await writeWhole(path, received(ctx), 0o600);
    return await work(path);
  } finally {
    await removePath(path);
  }
}

async function* received(ctx: Context): AsyncIterable<Uint8Array> {
  for await (const piece of ctx.stdin) {
    ctx.signal.throwIfAborted();
    yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  }
}
