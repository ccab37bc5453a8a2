import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { resolveInTree } from './tree-paths.js';

let temp: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  temp = await tempFolder();
  await mkdir(join(temp.path, 'usr/lib'), { recursive: true });
  await symlink('usr/lib', join(temp.path, 'lib'));
  await symlink('/etc', join(temp.path, 'absolute'));
  await symlink('../../../../../../tmp', join(temp.path, 'usr/up'));
  await symlink('b', join(temp.path, 'a'));
  await symlink('/a', join(temp.path, 'b'));
});

afterEach(() => temp.remove());

test.each([
  ['lib/x', 'usr/lib/x'],
  ['/lib/./x', 'usr/lib/x'],
  ['absolute/passwd', 'etc/passwd'],
  ['usr/up/x', 'tmp/x'],
  ['../../etc/passwd', 'etc/passwd'],
  ['none/../x', 'x'],
  ['/', ''],
])('%s is %s', async (path, place) => {
  expect(await resolveInTree(temp.path, path, { last: true })).toBe(place);
});

test('a link at the end is followed only when that is asked for', async () => {
  expect(await resolveInTree(temp.path, 'lib', { last: true })).toBe('usr/lib');
  expect(await resolveInTree(temp.path, 'lib', { last: false })).toBe('lib');
});

test('links in a circle are refused', async () => {
  await expect(resolveInTree(temp.path, 'a/x', { last: true })).rejects.toThrow(RangeError);
});
