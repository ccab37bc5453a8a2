import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Discrepancy, reconcileBy } from '../../../lib/discrepancy.js';
import { silentLog } from '../../../lib/log.js';
import { type Database, openDatabase } from '../../../lib/store/database.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { FakeBuildHost } from '../../../test/fakes/image-build.js';
import { ObjectStore } from '../host/object-store.js';
import { migrations, SqliteCatalog } from '../store/catalog.js';
import { lookForDiscrepancies } from './discrepancies.js';
import { Library } from './library.js';

/** What the doctor finds in the store, a real one, and what it leaves alone. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let database: Database;
let objects: ObjectStore;
let library: Library;

beforeEach(async () => {
  folder = await tempFolder();
  objects = await ObjectStore.open(folder.path, silentLog);
  database = openDatabase(':memory:', migrations);
  library = new Library(objects, new SqliteCatalog(database), new FakeBuildHost());
});
afterEach(async () => {
  database.close();
  objects.close();
  await folder.remove();
});

const at = (...names: string[]) => join(folder.path, ...names);
const doctor = (repair: boolean) => reconcileBy(lookForDiscrepancies(library, objects))(repair);
const inWords = (found: readonly Discrepancy[]) => found.map(({ kind, subject, state }) => [kind, subject, state]);

async function leave(path: string): Promise<string> {
  await mkdir(path);
  await writeFile(join(path, 'rootfs.ext4'), 'half');
  return path;
}

test('a folder that a build has left is told, and removed on demand', async () => {
  const left = await leave(at('building', 'left'));
  expect(inWords(await doctor(false))).toEqual([['FOLDER', left, 'found']]);
  expect(existsSync(left)).toBe(true);
  expect(inWords(await doctor(true))).toEqual([['FOLDER', left, 'repaired']]);
  expect(existsSync(left)).toBe(false);
});

test('the folder of a build that goes on is no discrepancy, and is not removed by one who thought so', async () => {
  let former = '';
  await objects.withWorkFolder(async (work) => {
    former = work;
    await writeFile(join(work, 'rootfs.ext4'), 'half');
    expect(await doctor(true)).toEqual([]);
    await objects.removeLeftFolder(work);
    expect(existsSync(join(work, 'rootfs.ext4'))).toBe(true);
  });
  expect(await doctor(false)).toEqual([]);
  // What is there when it has ended is nobody's.
  await leave(former);
  expect(inWords(await doctor(true))).toEqual([['FOLDER', former, 'repaired']]);
});

test('a build that fails leaves nothing', async () => {
  const build = objects.withWorkFolder(async (work) => {
    await writeFile(join(work, 'rootfs.ext4'), 'half');
    throw new Error('no network');
  });
  await expect(build).rejects.toThrow('no network');
  expect(await objects.leftFolders()).toEqual([]);
  expect(await doctor(false)).toEqual([]);
});

test('a damaged object is told with what is wrong, and left for people', async () => {
  const damaged = await leave(at('objects', 'a'.repeat(64)));
  const found = await doctor(true);
  expect(found).toEqual([
    {
      kind: 'OBJECT',
      subject: damaged,
      found: 'is damaged: manifest.json is missing',
      remedy: expect.stringContaining('banger image prune'),
      state: 'failed',
      failure: 'it has to be done by hand',
    },
  ]);
  expect(existsSync(join(damaged, 'rootfs.ext4'))).toBe(true);
});

test('what is half changed is not looked at', async () => {
  let isHalf = false;
  const stray = { path: '/half', digest: 'half', problems: ['manifest.json is missing'], bytes: 0 };
  const changing = {
    leftFolders: async () => [],
    removeLeftFolder: async () => undefined,
    strays: async () => (isHalf ? [stray] : []),
  };
  let looking: Promise<unknown> | undefined;
  await library.exclusive(async () => {
    isHalf = true;
    looking = lookForDiscrepancies(library, changing as unknown as ObjectStore)();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    isHalf = false;
  });
  expect(await looking).toEqual([]);
});
