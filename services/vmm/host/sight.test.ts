import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identify } from '../../../lib/host/process.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { sightHere } from './sight.js';
import { VmPaths } from './vm-paths.js';

const uid = '00112233445566aa';
let folder: Awaited<ReturnType<typeof tempFolder>>;
let paths: VmPaths;

beforeEach(async () => {
  folder = await tempFolder();
  paths = new VmPaths(folder.path, join(folder.path, 'run'));
});

afterEach(() => folder.remove());

test('a process has its start time; one that does not exist has none', () => {
  const sight = sightHere(paths);
  expect(sight.startTimeOf(process.pid)).toBe(identify(process.pid)?.startTime);
  // Above the largest pid that a kernel gives: proc_sys_kernel(5).
  expect(sight.startTimeOf(2 ** 22 + 1)).toBeUndefined();
});

test('an interface is there by its whole name alone', async () => {
  const sight = sightHere(paths);
  expect(await sight.hasInterface('lo')).toBe(true);
  for (const name of ['l', 'lo:', 'face', '']) expect(await sight.hasInterface(name)).toBe(false);
});

test('a sparse disk has its size, and what it occupies; what is not there is not told', async () => {
  const sight = sightHere(paths);
  expect(await sight.diskSizes(uid)).toEqual([]);
  mkdirSync(dirname(paths.overlay(uid)), { recursive: true });
  writeFileSync(paths.overlay(uid), 'x'.repeat(100));
  truncateSync(paths.overlay(uid), 1024 * 1024 * 1024);
  const [disk, ...others] = await sight.diskSizes(uid);
  expect(others).toEqual([]);
  expect(disk).toMatchObject({ name: 'disk', bytes: 1024 * 1024 * 1024 });
  expect(disk?.allocatedBytes).toBeGreaterThan(0);
  expect(disk?.allocatedBytes).toBeLessThan(1024 * 1024);
});
