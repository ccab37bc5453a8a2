import { createHash } from 'node:crypto';
import { createReadStream } from './files.js';

export interface Measure {
  /** "sha256:" and 64 hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
}

export interface MeasureOptions {
  readonly signal?: AbortSignal;
  /** Hears how many bytes are done. */
  readonly onBytes?: (done: number) => void;
}

/** Reads a file once, without blocking. */
export async function measureFile(path: string, options: MeasureOptions = {}): Promise<Measure> {
  const chunks = createReadStream(path, { signal: options.signal, highWaterMark: 1024 * 1024 });
  return measureChunks(chunks, options);
}

export async function measureChunks(chunks: AsyncIterable<Uint8Array>, options: MeasureOptions = {}): Promise<Measure> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    options.onBytes?.(bytes);
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes };
}
