import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { digestOf } from '../domain/digest.js';
import { StepCacheFolder } from './step-cache.js';

const block = 4096;
const [a, b, c] = ['a', 'b', 'c'].map((name) => digestOf(name)) as [string, string, string];

let temp: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  temp = await tempFolder();
});

afterEach(() => temp.remove());

const open = (maxBytes = 1024 * block) => StepCacheFolder.open(join(temp.path, 'cache'), maxBytes);
const writing = (text: string) => (path: string) => writeFile(path, text);
const files = () => readdir(join(temp.path, 'cache'));

test('what was put is found, also by the next who opens it', async () => {
  const cache = await open();
  expect(await cache.find(a)).toBeUndefined();
  await cache.put(a, writing('tree'));
  const path = await (await open()).find(a);
  expect(await readFile(path ?? '', 'utf8')).toBe('tree');
  expect(await cache.list()).toEqual([{ key: a, bytes: block, useTime: expect.stringMatching(/^\d{4}-/) }]);
  await cache.remove(a);
  await cache.remove(a);
  expect(await cache.find(a)).toBeUndefined();
});

test('what failed to be written, or was interrupted, is not there', async () => {
  const cache = await open();
  const half = async (path: string) => {
    await writeFile(path, 'half');
    throw new Error('enough');
  };
  await expect(cache.put(a, half)).rejects.toThrow('enough');
  expect(await files()).toEqual([]);
  await writeFile(join(temp.path, 'cache', `${a.slice(7)}.0123456789ab`), 'half');
  expect(await (await open()).find(a)).toBeUndefined();
  expect(await files()).toEqual([]);
});

test('what was not used for longest goes when there is too much', async () => {
  const cache = await open(2 * block);
  for (const [i, key] of [a, b].entries()) {
    await cache.put(key, writing('tree'));
    await utimes(join(temp.path, 'cache', key.slice(7)), i + 1, i + 1);
  }
  await cache.find(a);
  await cache.put(c, writing('tree'));
  expect((await cache.list()).map(({ key }) => key).sort()).toEqual([a, c].sort());
});

test('without room it keeps nothing', async () => {
  const cache = await open(0);
  await cache.put(a, writing('tree'));
  expect(await files()).toEqual([]);
});
