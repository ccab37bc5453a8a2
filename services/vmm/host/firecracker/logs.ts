import { fileSize, open, readRest, removePath } from '../../../../lib/host/files.js';
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
export function boundLog(paths: VmPaths, uid: string, log: Log): Promise<{ close(): void }> {
  const release = async (size: number) => Math.max(0, size - keptLogBytes);
  return boundFile(paths.firecrackerLog(uid), { maxBytes: maxLogBytes, release, log });
}

/** Enough for some lines. */
const tailBytes = 8192;

/** The end of a log that may begin with a hole; empty when there is none. */
export async function logTail(path: string): Promise<string> {
  const tail = await readRest(path, Math.max(0, (await fileSize(path)) - tailBytes));
  return tail.toString('utf8').replaceAll('\0', '');
}
