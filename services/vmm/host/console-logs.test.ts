import { appendFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { printableLines } from '../domain/console-text.js';
import { ConsoleLogs } from './console-logs.js';
import { VmPaths } from './vm-paths.js';

const uid = '00112233445566aa';
let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
let logs: ConsoleLogs;

beforeEach(async () => {
  folder = await tempFolder();
  const paths = new VmPaths(folder.path, join(folder.path, 'run'));
  path = paths.consoleLog(uid);
  logs = new ConsoleLogs(paths, 100, silentLog);
});

afterEach(() => folder.remove());

function write(text: string, to = path): void {
  mkdirSync(join(to, '..'), { recursive: true });
  appendFileSync(to, text);
}

async function read(tailBytes?: number): Promise<string> {
  let text = '';
  const signal = new AbortController().signal;
  for await (const piece of logs.read(uid, { tailBytes, follow: false, signal })) text += Buffer.from(piece).toString();
  return text;
}

test('everything that is kept is read, the older part first', async () => {
  expect(await read()).toBe('');
  write('old ', `${path}.1`);
  write('new');
  expect(await read()).toBe('old new');
});

test.each([
  [0, ''],
  [1, 'w'],
  [3, 'new'],
  [5, 'd new'],
  [100, 'old new'],
])('the last %s bytes', async (tailBytes, expected) => {
  write('old ', `${path}.1`);
  write('new');
  expect(await read(tailBytes)).toBe(expected);
});

test('a follower gets what comes, across a cut of the log, until it leaves', async () => {
  write('one ');
  const left = new AbortController();
  let text = '';
  for await (const piece of logs.read(uid, { follow: true, signal: left.signal })) {
    text += Buffer.from(piece).toString();
    if (text === 'one ') write('two ');
    if (text === 'one two ') {
      write('three ');
      appendFileSync(`${path}.1`, 'one two three ');
      truncateSync(path, 0);
      write('4');
    }
    if (text.endsWith('4')) left.abort();
  }
  expect(text).toBe('one two three 4');
});

test('a follower misses nothing from its first piece on, and gets what was written before it leaves', async () => {
  write('before');
  const left = new AbortController();
  const pieces = logs.read(uid, { tailBytes: 0, follow: true, signal: left.signal })[Symbol.asyncIterator]();
  expect((await pieces.next()).value).toHaveLength(0);
  write('one');
  expect(Buffer.from((await pieces.next()).value).toString()).toBe('one');
  const rest = pieces.next();
  left.abort();
  write('two');
  expect(Buffer.from((await rest).value).toString()).toBe('two');
  expect(await pieces.next()).toMatchObject({ done: true });
});

test('a log that grows beyond its limit is cut, and nothing of it is lost at once', async () => {
  const bound = await logs.bound(uid);
  write('x'.repeat(101));
  await pollUntil(() => statSync(path).size === 0, { what: 'the log is cut', timeoutMs: 10_000 });
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('x'.repeat(101));
  bound.close();
});

test('a log that is too large already is cut at once', async () => {
  write('x'.repeat(200));
  (await logs.bound(uid)).close();
  expect(statSync(path).size).toBe(0);
});

test('the last lines are plain text', async () => {
  write('one\r\n\u001b[1;31mtwo\u001b[0m\r\n\r\n\u001b(Bthree\u0007 \r\n');
  expect(await logs.lastLines(uid, 2)).toBe('two | three');
  expect(printableLines('\u001b[?25l\u001bc login: ')).toEqual(['login:']);
});

const powerDown = '[    9.123456] reboot: Power down\r\n';

test('the kernel’s last words are heard, across a cut of the log', async () => {
  expect(await logs.kernelWords(uid)).toBeUndefined();
  write('[    9.123456] reboot: Restarting system\r\n');
  expect(await logs.kernelWords(uid)).toBe('restart');
  write('[    2.100000] Kernel panic - not syncing: Attempted to kill init!\n[    2.1', `${path}.1`);
  truncateSync(path, 0);
  write('00412] Kernel Offset: disabled\n');
  expect(await logs.kernelWords(uid)).toEqual({ panic: 'Kernel panic - not syncing: Attempted to kill init!' });
});

test('the words of the run before are not those of the next one', async () => {
  await logs.beginRun(uid);
  expect(await read()).toBe('');
  write(powerDown);
  await logs.beginRun(uid);
  expect(await logs.kernelWords(uid)).toBeUndefined();
  expect(await read()).toBe(`${powerDown}\r\nbanger: the vm starts\r\n`);
  write(powerDown);
  expect(await logs.kernelWords(uid)).toBe('power-off');
});

test('nor are they when all that is left of it was cut off', async () => {
  write(powerDown, `${path}.1`);
  await logs.beginRun(uid);
  expect(await logs.kernelWords(uid)).toBeUndefined();
});

test('words that are being cut off are heard', async () => {
  const bound = await logs.bound(uid);
  write(`${'x'.repeat(200)}\r\n${powerDown}`);
  expect(await logs.kernelWords(uid)).toBe('power-off');
  await pollUntil(() => statSync(path).size === 0, { what: 'the log is cut', timeoutMs: 10_000 });
  expect(await logs.kernelWords(uid)).toBe('power-off');
  bound.close();
});

test('whoever bounds a log is told of writes', async () => {
  let told = 0;
  const bound = await logs.bound(uid, { onWrite: () => told++ });
  const before = told;
  write('x');
  await pollUntil(() => told > before, { what: 'the write is told', timeoutMs: 10_000 });
  bound.close();
});
