import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { type ArchiveEntry, completeTree, file, folder, link } from './archive.js';
import { writeCpio } from './cpio.js';
import { writeTar } from './tar.js';

let temp: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  temp = await tempFolder();
});

afterEach(() => temp.remove());

const entries: ArchiveEntry[] = [
  file('init', '#!/bin/sh\n', 0o755),
  file('etc/deep/er/file', Buffer.from([0, 1, 2, 255])),
  file('etc/empty', ''),
  folder('proc', 0o555),
  link('etc/mtab', '../proc/self/mounts'),
];

async function unpack(archive: Buffer, argv: (path: string) => string[]): Promise<string> {
  const path = join(temp.path, 'archive');
  const target = join(temp.path, 'tree');
  await writeFile(path, archive);
  await mkdir(target);
  await runCommand(argv(path), { cwd: target });
  return target;
}

// The programs that read these archives for real: busybox is what stands in a guest, tar is what mmdebstrap runs.
type Format = readonly [string, typeof writeCpio, (path: string) => string[]];
const formats: readonly Format[] = [
  ['cpio', writeCpio, (path: string) => ['busybox', 'cpio', '-i', '-d', '-m', '-F', path]],
  ['tar', writeTar, (path: string) => ['tar', '-xpf', path]],
];

test.each(formats)('%s: another program reads what we write', async (_format, write, argv) => {
  const tree = await unpack(write(entries), argv);
  expect((await readdir(tree, { recursive: true })).sort()).toEqual(
    ['etc', 'etc/deep', 'etc/deep/er', 'etc/deep/er/file', 'etc/empty', 'etc/mtab', 'init', 'proc'].sort(),
  );
  expect(await readFile(join(tree, 'etc/deep/er/file'))).toEqual(Buffer.from([0, 1, 2, 255]));
  expect(await readlink(join(tree, 'etc/mtab'))).toBe('../proc/self/mounts');
  const init = await stat(join(tree, 'init'));
  expect([init.mode & 0o7777, init.mtimeMs]).toEqual([0o755, 0]);
  expect((await stat(join(tree, 'proc'))).mode & 0o7777).toBe(0o555);
});

test.each(formats)('%s: the order of the entries makes no difference', (_format, write) => {
  expect(write([...entries].reverse()).equals(write(entries))).toBe(true);
});

test('a tree has every folder once, before what is in it', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c-d', 'c'), { minLength: 1, maxLength: 4 }).map((p) => p.join('/'));
  fc.assert(
    fc.property(fc.array(path), (paths) => {
      const all = completeTree(paths.map((p) => folder(p))).map((entry) => entry.path);
      expect(new Set(all).size).toBe(all.length);
      for (const [i, p] of all.entries()) {
        const parent = p.split('/').slice(0, -1).join('/');
        if (parent !== '') expect(all.slice(0, i)).toContain(parent);
      }
    }),
  );
});

test('a path that the tar header cannot hold is refused', () => {
  expect(() => writeTar([file('x'.repeat(101), '')])).toThrow('longer than 100 bytes');
});
