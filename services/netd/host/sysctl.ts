import { join } from 'node:path';
import { hostNotReady } from '../../../lib/errors.js';
import { readTextIfExists, writeFile } from '../../../lib/host/files.js';
import type { Sysctl } from '../app/ports.js';

/** Sets kernel parameters, in order; those that are gone are left out. `what` completes "cannot …". */
export async function setAll(procSys: string, values: readonly Sysctl[], what: string): Promise<void> {
  for (const { path, value } of values) {
    const current = (await readTextIfExists(join(procSys, path)))?.trim();
    if (current === undefined || current === value) continue;
    await writeFile(join(procSys, path), value).catch((cause: NodeJS.ErrnoException) => {
      // The interface went between the look and the write.
      if (cause.code === 'ENOENT') return;
      throw unwritable(path, what, cause);
    });
  }
}

function unwritable(path: string, what: string, cause: NodeJS.ErrnoException): Error {
  if (!['EACCES', 'EPERM', 'EROFS'].includes(cause.code ?? '')) return cause;
  const subject = `the right to write /proc/sys/${path}`;
  const description = 'run netd as root, where /proc/sys is writable';
  return hostNotReady(what, [{ type: 'RIGHT', subject, description }]);
}
