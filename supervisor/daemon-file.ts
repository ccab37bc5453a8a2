import { type DaemonFile, daemonFilePath, readDaemonFile } from '../lib/daemon-file.js';
import { removePath, writeFileAtomic } from '../lib/host/files.js';
import type { Paths } from '../lib/paths.js';

/** Says what runs as the daemon. */
export function writeDaemonFile(paths: Paths, file: DaemonFile): Promise<void> {
  return writeFileAtomic(daemonFilePath(paths), `${JSON.stringify(file)}\n`);
}

/** Removes the file unless it is another daemon's. */
export async function removeDaemonFile(paths: Paths, pid: number): Promise<void> {
  const found = readDaemonFile(paths);
  if (found === undefined || found.pid === pid) await removePath(daemonFilePath(paths));
}
