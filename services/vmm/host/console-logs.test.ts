import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
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
let now: number;

beforeEach(async () => {
  folder = await tempFolder();
  const paths = new VmPaths(folder.path, join(folder.path, 'run'));
  path = paths.consoleLog(uid);
  now = 1_000_000;
  logs = new ConsoleLogs(paths, 100, silentLog, () => now);
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

describe('since a time', () => {
  async function readSince(since: number): Promise<string> {
    let text = '';
    const signal = new AbortController().signal;
    for await (const piece of logs.read(uid, { since, follow: false, signal })) text += Buffer.from(piece).toString();
    return text;
  }
  const marks = () => (existsSync(`${path}.times`) ? readFileSync(`${path}.times`, 'utf8').split('\n').length - 2 : 0);
  async function writeAt(time: number, text: string): Promise<void> {
    const before = marks();
    now = time;
    write(text);
    await pollUntil(() => marks() > before, { what: 'the time is written down', timeoutMs: 10_000 });
  }

  test('only what was written from then on is read, also after another service has taken over', async () => {
    write('');
    const bound = await logs.bound(uid);
    await writeAt(2_000_000, 'one ');
    await writeAt(2_010_000, 'two ');
    expect(await readSince(2_010_000)).toBe('two ');
    expect(await readSince(2_000_500)).toBe('one two ');
    expect(await readSince(2_020_000)).toBe('');
    bound.close();
    utimesSync(path, 2_010, 2_010);
    const next = await logs.bound(uid);
    await writeAt(2_030_000, 'three');
    expect(await readSince(2_030_000)).toBe('three');
    expect(await readSince(2_010_000)).toBe('two three');
    next.close();
  });

  test('what was written while nobody saw it counts as of the last change of the log', async () => {
    write('before ');
    utimesSync(path, 3_000, 3_000);
    const bound = await logs.bound(uid);
    expect(await readSince(2_999_000)).toBe('before ');
    expect(await readSince(3_002_000)).toBe('');
    bound.close();
    write('meanwhile');
    utimesSync(path, 4_000, 4_000);
    (await logs.bound(uid)).close();
    expect(await readSince(3_900_000)).toContain('meanwhile');
    expect(await readSince(4_002_000)).toBe('');
  });

  test('times stay right across a cut of the log, also of one that was not written down', async () => {
    write('');
    const bound = await logs.bound(uid);
    await writeAt(5_000_000, 'x'.repeat(90));
    await writeAt(5_010_000, 'y'.repeat(20));
    await pollUntil(() => statSync(path).size === 0, { what: 'the log is cut', timeoutMs: 10_000 });
    await writeAt(5_020_000, 'new');
    expect(await readSince(5_010_000)).toBe(`${'y'.repeat(20)}new`);
    expect(await readSince(5_020_000)).toBe('new');
    bound.close();
    renameSync(path, `${path}.1`);
    write('z');
    utimesSync(path, 6_000, 6_000);
    (await logs.bound(uid)).close();
    expect(await readSince(5_020_000)).toBe('newz');
    expect(await readSince(5_999_500)).toBe('z');
  });

  test('where no time is known, all of it is read', async () => {
    write('all');
    expect(await readSince(9e12)).toBe('all');
  });
});
