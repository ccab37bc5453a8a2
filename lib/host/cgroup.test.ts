import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { findCgroupMount } from './cgroup.js';
import { writeFile } from './files.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

/** What `findCgroupMount` reads out of such mounts. */
async function found(...lines: readonly string[]): Promise<string | undefined> {
  const path = join(folder.path, 'mountinfo');
  await writeFile(path, `${lines.join('\n')}\n`);
  return findCgroupMount(path);
}

const tmpfs = '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755';
const version1 = '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory';
const version2 = (options: string) => `41 31 0:38 / ${folder.path} ${options} shared:9 - cgroup2 cgroup2 rw`;

test('the hierarchy is found beside those of version 1', async () => {
  expect(await found(tmpfs, version1, version2('rw,relatime'))).toBe(folder.path);
});

test('there is none with version 1 alone, and none that is mounted read-only', async () => {
  expect(await found(tmpfs, version1)).toBeUndefined();
  expect(await found(tmpfs, version2('ro,nosuid'))).toBeUndefined();
});

test('a hierarchy that is gone or that we may not write is none', async () => {
  expect(await found('41 31 0:38 / /nowhere rw - cgroup2 cgroup2 rw')).toBeUndefined();
});
