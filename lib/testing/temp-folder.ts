import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own, with a short path (socket paths are limited), removed with `await folder.remove()`. */
export async function tempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'bg-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
