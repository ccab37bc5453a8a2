import { copyFile, stat, truncate } from '../lib/host/files.js';

/** Where a log's older half is kept. */
export function rotatedPath(path: string): string {
  return `${path}.1`;
}

/**
 * Bounds a log: one that is larger than `maxBytes` is copied to `PATH.1` and emptied. Its writer goes on in the same
 * file, which it opened for appending; a line that it writes between the copy and the cut is lost.
 */
export async function rotateLog(path: string, maxBytes: number): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined || found.size <= maxBytes) return;
  await copyFile(path, rotatedPath(path));
  await truncate(path, 0);
}
