import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { endProcess, isAlive, type ProcessIdentity } from '../lib/host/process.js';
import { spawnDetached } from '../lib/host/spawn.js';
import { silentLog } from '../lib/log.js';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { Leftovers } from './leftovers.js';

/** Which processes of a former supervisor are ended: those that are surely its own. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
const started: ProcessIdentity[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'supervisor.json');
});
afterEach(async () => {
  for (const identity of started.splice(0)) await endProcess(identity, 0);
  await folder.remove();
});

const argv = [process.execPath, '-e', 'setInterval(() => 0, 60000)'];

async function service(): Promise<ProcessIdentity> {
  const { identity } = await spawnDetached(argv, { logPath: join(folder.path, 'log') });
  started.push(identity);
  return identity;
}

test('what a former supervisor left is ended: not a pid of another now, nor another program, nor our own', async () => {
  const [left, reused, other, own] = await Promise.all([service(), service(), service(), service()]);
  const record = {
    netd: { ...left, argv },
    imaged: { ...reused, startTime: reused.startTime - 1, argv },
    dnsd: { ...other, argv: [process.execPath, 'dnsd.js'] },
  };
  writeFileSync(path, JSON.stringify(record));
  const leftovers = new Leftovers(path, silentLog);
  await leftovers.remember('vmm', own, argv);
  await leftovers.endAll(10_000);
  expect([left, reused, other, own].map(isAlive)).toEqual([false, true, true, true]);
});

test('its own are written down for the next one, and forgotten when it ends in order', async () => {
  const [own, others] = await Promise.all([service(), service()]);
  const leftovers = new Leftovers(path, silentLog);
  await leftovers.remember('vmm', own, argv);
  expect(Object.values(JSON.parse(readFileSync(path, 'utf8')))).toEqual([{ ...own, argv }]);
  // By one that takes over meanwhile: what it wrote stays.
  await new Leftovers(path, silentLog).remember('vmm', others, argv);
  await leftovers.forget();
  expect(Object.values(JSON.parse(readFileSync(path, 'utf8')))).toEqual([{ ...others, argv }]);
  await new Leftovers(path, silentLog).endAll(10_000);
  await leftovers.forget();
  expect(existsSync(path)).toBe(false);
});

test('a record that is damaged ends nothing', async () => {
  const left = await service();
  writeFileSync(path, JSON.stringify({ netd: { ...left, argv } }).slice(0, -5));
  await new Leftovers(path, silentLog).endAll(10_000);
  expect(isAlive(left)).toBe(true);
});
