import { open, readTextIfExists, removePath } from '../host/files.js';
import { identify, isAlive, type ProcessIdentity } from '../host/process.js';
import { bundleBusy } from './errors.js';

/**
 * Lets one process at a time fetch into a runtime folder; returns how to let go. A lock whose process is gone means
 * nothing. Fails with BUNDLE_BUSY.
 */
export async function lockForFetch(path: string, runtime: string): Promise<() => Promise<void>> {
  const me = identify(process.pid) as ProcessIdentity;
  for (;;) {
    const file = await open(path, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (file) {
      await file.writeFile(JSON.stringify(me)).finally(() => file.close());
      return () => removePath(path);
    }
    const holder = holderOf(await readTextIfExists(path));
    if (holder && isAlive(holder)) throw bundleBusy(runtime, holder.pid);
    await removePath(path);
  }
}

/** Undefined when it cannot be told: its process died as it wrote. */
function holderOf(text = ''): ProcessIdentity | undefined {
  const [, pid, startTime] = text.match(/^\{"pid":(\d+),"startTime":(\d+)\}$/) ?? [];
  return pid && startTime ? { pid: Number(pid), startTime: Number(startTime) } : undefined;
}
