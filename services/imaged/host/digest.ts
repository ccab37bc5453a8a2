import { createHash } from 'node:crypto';
import { createReadStream } from '../../../lib/host/files.js';

export interface Measure {
  /** "sha256:" and 64 hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
}

/** Reads a file once, without blocking; `onBytes` hears how many bytes are done. */
export async function measureFile(
  path: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (done: number) => void } = {},
): Promise<Measure> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks = createReadStream(path, { signal: options.signal, highWaterMark: 1024 * 1024 });
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    options.onBytes?.(bytes);
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes };
}
