import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../../lib/clock.js';
import { appendFile, ensureFolder, stat, writeFile } from '../../../../lib/host/files.js';
import { silentLog } from '../../../../lib/log.js';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { VmPaths } from '../vm-paths.js';
import { boundLog, freshFiles, logTail } from './logs.js';

const uid = '0123456789abcdef';
const mib = 1024 * 1024;

let folder: Awaited<ReturnType<typeof tempFolder>>;
let paths: VmPaths;
beforeEach(async () => {
  folder = await tempFolder();
  paths = new VmPaths(folder.path, folder.path);
  await ensureFolder(paths.stateFolder(uid));
});
afterEach(() => folder.remove());

test('a log keeps its end when its beginning is given back', async () => {
  const path = paths.firecrackerLog(uid);
  const bounded = await boundLog(paths, uid, silentLog);
  await appendFile(path, `${'x'.repeat(99)}\n`.repeat(30_000));
  await appendFile(path, 'the last words\n');
  const onDisk = async () => (await stat(path)).blocks * 512;
  // How much of it is kept depends on how far the writer was when it was punched: never more than the limit.
  await pollUntil(async () => (await onDisk()) <= 2 * mib, { what: 'the log is punched', timeoutMs: 60_000 });
  bounded.close();
  expect((await stat(path)).size).toBeGreaterThan(2.8 * mib);
  expect(await logTail(path)).toMatch(/x\nthe last words\n$/);
});

test('the files of a run begin empty', async () => {
  for (const path of [paths.firecrackerLog(uid), paths.firecrackerMetrics(uid), paths.firecrackerTotals(uid)])
    await writeFile(path, 'of the run before');
  await freshFiles(paths, uid);
  expect(await logTail(paths.firecrackerLog(uid))).toBe('');
  expect(await logTail(paths.firecrackerMetrics(uid))).toBe('');
  expect(await logTail(paths.firecrackerTotals(uid))).toBe('');
});
