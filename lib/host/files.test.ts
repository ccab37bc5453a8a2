import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import {
  ensureFolder,
  pathExists,
  readTextIfExists,
  removePath,
  withStorageErrors,
  withStorageErrorsSync,
  writeFileAtomic,
} from './files.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'file');
});
afterEach(() => folder.remove());

const modeOf = (file: string) => statSync(file).mode & 0o777;

test('an atomic write makes its folders and sets the mode, whatever the umask', async () => {
  const deep = join(folder.path, 'a/b/key');
  await writeFileAtomic(deep, 'secret', 0o600);
  await writeFileAtomic(path, 'open', 0o666);
  expect([readFileSync(deep, 'utf8'), modeOf(deep), modeOf(path)]).toEqual(['secret', 0o600, 0o666]);
});

test('an atomic write replaces the file and leaves nothing beside it', async () => {
  writeFileSync(path, 'old');
  await writeFileAtomic(path, 'new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(folder.path)).toEqual(['file']);
});

test('writers at once: one of them wins, whole', async () => {
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
  await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
  expect(texts).toContain(readFileSync(path, 'utf8'));
  expect(readdirSync(folder.path)).toEqual(['file']);
});

test('an atomic write that fails leaves the old content and nothing beside it', async () => {
  await ensureFolder(path);
  await expect(writeFileAtomic(path, 'text')).rejects.toThrow();
  expect(readdirSync(folder.path)).toEqual(['file']);
});

test('a folder gets its mode even when it was there', async () => {
  await ensureFolder(path);
  chmodSync(path, 0o777);
  await ensureFolder(path, 0o700);
  expect(modeOf(path)).toBe(0o700);
});

test('what is missing is undefined, false, or removed already', async () => {
  const below = join(path, 'below');
  writeFileSync(path, 'a file');
  expect(await readTextIfExists(join(folder.path, 'none'))).toBeUndefined();
  expect(await readTextIfExists(below)).toBeUndefined();
  expect(await pathExists(below)).toBe(false);
  expect(await pathExists(path)).toBe(true);
  await removePath(join(folder.path, 'none'));
  await removePath(path);
  expect(existsSync(path)).toBe(false);
});

test('a link to nowhere exists', async () => {
  symlinkSync('/nowhere', path);
  expect(await pathExists(path)).toBe(true);
});

test.each([
  ['ENOSPC', 'exhausted', 'disk is full'],
  ['EDQUOT', 'exhausted', 'quota'],
  ['EROFS', 'wrong-state', 'read-only'],
  ['EACCES', 'wrong-state', 'permission denied'],
  ['EPERM', 'wrong-state', 'not permitted'],
  ['EIO', 'wrong-state', 'reports errors'],
  ['SQLITE_IOERR_WRITE', 'wrong-state', 'reports errors'],
  ['SQLITE_FULL', 'exhausted', 'disk is full'],
  ['SQLITE_READONLY_DIRECTORY', 'wrong-state', 'read-only'],
  ['SQLITE_CANTOPEN', 'wrong-state', 'permission denied'],
  ['SQLITE_PERM', 'wrong-state', 'permission denied'],
])('%s is STORAGE_UNWRITABLE, with the path and what to do', async (code, kind, advice) => {
  const fail = () => {
    throw Object.assign(new Error('write'), { code });
  };
  const expected = {
    kind,
    reason: 'STORAGE_UNWRITABLE',
    message: expect.stringMatching(new RegExp(`^cannot write /s/db: .*${advice}.*BANGER_STATE_DIR`)),
  };
  await expect(withStorageErrors('/s/db', async () => fail())).rejects.toMatchObject(expected);
  expect(() => withStorageErrorsSync('/s/db', fail)).toThrow(expect.objectContaining(expected));
});

test('other failures stay as they are', async () => {
  const failure = Object.assign(new Error('read'), { code: 'EISDIR' });
  await expect(withStorageErrors('/s/db', () => Promise.reject(failure))).rejects.toBe(failure);
});
