import { dirname } from 'node:path';
import { ensureFolder, open, watch } from './files.js';

/** Calls back when a file changes. Makes the file, with mode 0640, when there is none yet. */
export async function watchFile(path: string, onChange: () => void): Promise<{ close(): void }> {
  await ensureFolder(dirname(path));
  await (await open(path, 'a', 0o640)).close();
  const watcher = watch(path, { persistent: false }, onChange);
  // The file went: there is nothing more to tell.
  watcher.on('error', () => watcher.close());
  return watcher;
}
