import { open, removePath, stat } from '../../../../lib/host/files.js';
import type { Log } from '../../../../lib/log.js';
import type { VmPaths } from '../vm-paths.js';
import { boundFile } from './bounded-file.js';

const maxLogBytes = 2 * 1024 * 1024;
const keptLogBytes = 1024 * 1024;

/** Makes the files that Firecracker writes anew: it would write over the old text from the start, and leave its end. */
export async function freshFiles(paths: VmPaths, uid: string): Promise<void> {
  await removePath(paths.firecrackerTotals(uid));
  for (const path of [paths.firecrackerLog(uid), paths.firecrackerMetrics(uid), paths.hypervisorLog(uid)]) {
    await removePath(path);
    await (await open(path, 'wx', 0o640)).close();
  }
}

/** Keeps Firecracker's log within its limit until `close` is called. */
export function boundLog(paths: VmPaths, uid: string, log: Log): { close(): void } {
  const release = async (size: number) => Math.max(0, size - keptLogBytes);
  return boundFile(paths.firecrackerLog(uid), { maxBytes: maxLogBytes, release, log });
}

/** Enough for some lines. */
const tailBytes = 8192;

/** The end of a log that may begin with a hole; empty when there is none. */
export async function logTail(path: string): Promise<string> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined || found.size === 0) return '';
  const file = await open(path, 'r');
  try {
    const length = Math.min(found.size, tailBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, found.size - length);
    return buffer.subarray(0, bytesRead).toString('utf8').replaceAll('\0', '');
  } finally {
    await file.close();
  }
}
