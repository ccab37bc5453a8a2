import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { lastWords, readLogTail } from './log-tail.js';

const line = (level: number, msg: string) => JSON.stringify({ level, msg });

test('the last fatal line explains an exit, whatever stands around it', () => {
  const log = [line(60, 'an older one'), line(60, 'cannot bind'), line(30, 'stopping'), '{broken', 'noise'].join('\n');
  expect(lastWords(log)).toBe('cannot bind');
});

test('without one, an uncaught error does', () => {
  const stack = ['node:internal/modules', "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'x'", '    at f (a:1)'];
  expect(lastWords(stack.join('\n'))).toBe("Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'x'");
  expect(lastWords(line(30, 'all is well'))).toBeUndefined();
});

test('a tail starts where it is told to, or at the start of a file that has been rotated', async () => {
  const folder = await tempFolder();
  const path = join(folder.path, 'a.log');
  expect(await readLogTail(path)).toBe('');
  await writeFile(path, 'one\ntwo\n');
  expect(await readLogTail(path, 4)).toBe('two\n');
  expect(await readLogTail(path, 400)).toBe('one\ntwo\n');
  await folder.remove();
});
