import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

/** The mark of a banger: the same for the same state directory, so that it holds even when the state is lost. */
export function markOf(stateDir: string): string {
  return createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 12);
}
