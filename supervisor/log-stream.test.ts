import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tempFolder } from '../lib/testing/temp-folder.js';
import { rotatedPath, rotateLog } from './log-rotation.js';
import { lastLines, pieces, streamLog } from './log-stream.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'netd.log');
});
afterEach(() => folder.remove());

async function read(tailLines: number): Promise<string> {
  const signal = new AbortController().signal;
  let text = '';
  for await (const piece of streamLog(path, { tailLines, follow: false, signal })) text += piece.toString();
  return text;
}

test('a log is sent with its older half first; a line that is still being written is left out', async () => {
  await writeFile(rotatedPath(path), '1\n2\n');
  await writeFile(path, '3\n4\npart');
  expect(await read(0)).toBe('1\n2\n3\n4\n');
  expect(await read(3)).toBe('2\n3\n4\n');
});

test('a service that never wrote has an empty log', async () => {
  expect(await read(10)).toBe('');
});

test('following sends lines as they come, also after the log was emptied, and ends with its signal', async () => {
  await writeFile(path, 'old\n');
  const stop = new AbortController();
  const stream = streamLog(path, { tailLines: 1, follow: true, signal: stop.signal })[Symbol.asyncIterator]();
  const next = async () => (await stream.next()).value?.toString();
  expect(await next()).toBe('old\n');
  await appendFile(path, 'new\n');
  expect(await next()).toBe('new\n');
  await truncate(path, 0);
  await appendFile(path, 'x\n');
  expect(await next()).toBe('x\n');
  stop.abort();
  expect(await stream.next()).toMatchObject({ done: true });
});

test('a log beyond its bound is moved aside, one within it is left', async () => {
  await writeFile(path, 'x'.repeat(100));
  await rotateLog(path, 100);
  expect(await read(0)).toBe('');
  await appendFile(path, 'y\n');
  await rotateLog(path, 100);
  await appendFile(path, 'z\n');
  expect(await read(0)).toBe(`${'x'.repeat(100)}y\nz\n`);
});

const lines = fc.array(fc.stringMatching(/^[a-z]{0,12}$/)).map((words) => words.map((word) => `${word}\n`));

test('the last lines are the last lines', () => {
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 20 }), (all, count) => {
      expect(lastLines(Buffer.from(all.join('')), count).toString()).toBe(all.slice(-count).join(''));
    }),
  );
});

test('pieces are whole lines, bounded, and together the log', () => {
  fc.assert(
    fc.property(lines, fc.integer({ min: 14, max: 60 }), (all, size) => {
      const parts = [...pieces(Buffer.from(all.join('')), size)].map((part) => part.toString());
      expect(parts.join('')).toBe(all.join(''));
      for (const part of parts) {
        expect(part.endsWith('\n')).toBe(true);
        expect(part.length).toBeLessThanOrEqual(size);
      }
    }),
  );
});
