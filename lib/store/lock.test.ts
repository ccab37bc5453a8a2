import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runTypeScript } from '../testing/run-typescript.js';
import { tempFolder } from '../testing/temp-folder.js';
import { lockFile } from './lock.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'x.lock');
});
afterEach(() => folder.remove());

test('a lock is held once, and free again after its release', () => {
  const lock = lockFile(path);
  expect(lock).toBeDefined();
  expect(lockFile(path)).toBeUndefined();
  lock?.release();
  const again = lockFile(path);
  expect(again).toBeDefined();
  again?.release();
});

test('another process holds it until it dies, however it dies', async () => {
  const holder = await runTypeScript('lib/testing/fixtures/hold-lock.ts', { args: [path] });
  try {
    expect(await holder.nextLine()).toBe('locked');
    expect(lockFile(path)).toBeUndefined();
    holder.child.kill('SIGKILL');
    await holder.ended;
    const lock = lockFile(path);
    expect(lock).toBeDefined();
    lock?.release();
  } finally {
    await holder.dispose();
  }
});

test('a file that is no lock is refused and left alone', () => {
  writeFileSync(path, 'precious '.repeat(200));
  expect(() => lockFile(path)).toThrow(expect.objectContaining({ reason: 'DATABASE_UNUSABLE' }));
});
