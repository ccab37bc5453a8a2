import { runCommand } from '../../../../lib/host/command.js';
import { stat } from '../../../../lib/host/files.js';
import { watchFile } from '../../../../lib/host/watch.js';
import type { Log } from '../../../../lib/log.js';
import { oneAtATime } from '../../../../lib/one-at-a-time.js';

/** st_blocks counts units of this many bytes, whatever the file system's own are: stat(2). */
const blockBytes = 512;

export interface BoundOptions {
  /** From which size on disk the beginning is given back. */
  readonly maxBytes: number;
  /** Called first; returns the offset up to which the file is no longer needed. */
  readonly release: (size: number) => Promise<number>;
  readonly log: Log;
}

/**
 * Keeps a file within a limit that a process writes at an offset of its own: what Firecracker logs. Such a file cannot be
 * truncated, for the next write would still go to the old offset; its beginning is punched out instead, and reads as
 * zeros. Its length grows on, its use of the disk does not.
 */
export async function boundFile(path: string, { maxBytes, release, log }: BoundOptions): Promise<{ close(): void }> {
  const check = oneAtATime(() =>
    punchWhenLarge(path, maxBytes, release).catch((err) => log.error({ path, err }, 'could not bound a file')),
  );
  const watcher = await watchFile(path, check);
  void check();
  return watcher;
}

async function punchWhenLarge(path: string, maxBytes: number, release: BoundOptions['release']): Promise<void> {
  const { blocks, size } = await stat(path);
  if (blocks * blockBytes <= maxBytes) return;
  const length = await release(size);
  if (length > 0) await runCommand(['fallocate', '--punch-hole', '--offset', '0', '--length', `${length}`, path]);
}
