import type { Log } from '../../../lib/log.js';

/** What comes of work beside a process: when it fails, that is logged, and hides nothing. `what` completes "could not …". */
export async function logged<T>(log: Log, what: string, work: Promise<T>): Promise<T | undefined> {
  return work.catch((err) => {
    log.error({ err }, `could not ${what}`);
    return undefined;
  });
}
