import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../../lib/clock.js';
import { appendFile, stat, writeFile } from '../../../../lib/host/files.js';
import { silentLog } from '../../../../lib/log.js';
import { tempFolder } from '../../../../lib/testing/temp-folder.js';
import { MetricsFile } from './metrics-file.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const path = () => join(folder.path, 'metrics');
const open = () => new MetricsFile(path(), join(folder.path, 'totals.json'), silentLog);
const readBytes = async (file: MetricsFile) => (await file.read()).block_base?.read_bytes;
/** A line of deltas, some KiB long as Firecracker's are. */
const line = (bytes: number) => `${JSON.stringify({ block_base: { read_bytes: bytes }, padding: 'x'.repeat(8000) })}\n`;
const onDisk = async () => (await stat(path())).blocks * 512;

test('nothing is counted before the first line, nor where the file is gone', async () => {
  expect(await open().read()).toEqual({});
  await writeFile(path(), '');
  expect(await open().read()).toEqual({});
});

test('a line that is still being written is counted when it is complete', async () => {
  const text = line(2);
  await writeFile(path(), line(1) + text.slice(0, 100));
  expect(await readBytes(open())).toBe(1);
  await appendFile(path(), text.slice(100));
  expect(await readBytes(open())).toBe(3);
});

test('what is punched out of a large file still counts, once, and for the next service too', async () => {
  await writeFile(path(), '');
  const file = open();
  const bounded = await file.bound();
  await appendFile(path(), line(1).repeat(200));
  await pollUntil(async () => (await onDisk()) < 512 * 1024, { what: 'the file is punched', timeoutMs: 60_000 });
  bounded.close();
  expect((await stat(path())).size).toBe(line(1).length * 200);
  expect(await readBytes(file)).toBe(200);
  await appendFile(path(), line(7));
  expect(await readBytes(file)).toBe(207);
  const next = open();
  expect(await readBytes(next)).toBe(207);
  const again = await next.bound();
  await appendFile(path(), line(1).repeat(200));
  await pollUntil(async () => (await onDisk()) < 512 * 1024, { what: 'it is punched again', timeoutMs: 60_000 });
  again.close();
  expect(await readBytes(open())).toBe(407);
});

test('a file that is gone is made, to be bounded', async () => {
  (await open().bound()).close();
  expect((await stat(path())).size).toBe(0);
});
