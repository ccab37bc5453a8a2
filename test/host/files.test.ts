import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ensureFolder, writeFileAtomic } from '../../lib/host/files.js';
import { openDatabase } from '../../lib/store/database.js';
import { lockFile } from '../../lib/store/lock.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';

/** A file system of 1 MiB, to be filled and to be made read-only. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'banger-test', folder.path]);
});
afterEach(async () => {
  execFileSync('umount', [folder.path]);
  await folder.remove();
});

const migrations = [{ name: 'vms', sql: 'CREATE TABLE vm (name TEXT) STRICT' }];
const full = expect.objectContaining({ kind: 'exhausted', reason: 'STORAGE_UNWRITABLE' });
const readOnly = expect.objectContaining({
  kind: 'wrong-state',
  reason: 'STORAGE_UNWRITABLE',
  message: expect.stringContaining('read-only'),
});

/** Leaves less than a page. */
function fill(): void {
  const { bavail, bsize } = statfsSync(folder.path);
  writeFileSync(join(folder.path, 'filler'), Buffer.alloc(bavail * bsize));
}

function remountReadOnly(): void {
  execFileSync('mount', ['-o', 'remount,ro', folder.path]);
}

test('on a full disk an atomic write fails, keeps the old content and leaves nothing', async () => {
  const path = join(folder.path, 'file');
  await writeFileAtomic(path, 'old');
  fill();
  await expect(writeFileAtomic(path, 'new'.repeat(10_000))).rejects.toEqual(full);
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder.path).sort()).toEqual(['file', 'filler']);
});

test('on a full disk a database refuses the write and goes on reading', () => {
  const database = openDatabase(join(folder.path, 'vmm.db'), migrations);
  try {
    database.run('INSERT INTO vm VALUES (?)', 'web');
    fill();
    const write = () => database.run('INSERT INTO vm VALUES (?)', 'x'.repeat(100_000));
    expect(write).toThrow(full);
    expect(database.all('SELECT name FROM vm')).toEqual([{ name: 'web' }]);
  } finally {
    database.close();
  }
});

test('on a full disk no database can be made', () => {
  fill();
  expect(() => openDatabase(join(folder.path, 'vmm.db'), migrations)).toThrow(full);
});

test('on a read-only file system nothing is written, and the message says so', async () => {
  remountReadOnly();
  await expect(writeFileAtomic(join(folder.path, 'file'), 'new')).rejects.toEqual(readOnly);
  await expect(ensureFolder(join(folder.path, 'state'))).rejects.toEqual(readOnly);
});

test('on a read-only file system a database and a lock are refused', () => {
  openDatabase(join(folder.path, 'vmm.db'), migrations).close();
  remountReadOnly();
  const unwritable = expect.objectContaining({ reason: 'STORAGE_UNWRITABLE' });
  expect(() => openDatabase(join(folder.path, 'vmm.db'), migrations)).toThrow(unwritable);
  expect(() => lockFile(join(folder.path, 'vmm.lock'))).toThrow(unwritable);
});
