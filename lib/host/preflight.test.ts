import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { findProgram, missingTools } from './preflight.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const { PATH } = process.env;

beforeEach(async () => {
  folder = await tempFolder();
  const [first, second] = ['first', 'second'].map((name) => join(folder.path, name));
  for (const path of [first, second]) mkdirSync(path as string);
  process.env.PATH = ['', first, second].join(delimiter);
});
afterEach(async () => {
  process.env.PATH = PATH;
  await folder.remove();
});

function put(path: string, mode: number): string {
  const full = join(folder.path, path);
  writeFileSync(full, '#!/bin/sh\n');
  chmodSync(full, mode);
  return full;
}

test('the first executable file of that name in PATH is the program', async () => {
  put('first/banger-tool', 0o644);
  const program = put('second/banger-tool', 0o755);
  expect(await findProgram('banger-tool')).toBe(program);
});

test('a folder of that name is no program', async () => {
  mkdirSync(join(folder.path, 'first/banger-tool'));
  expect(await findProgram('banger-tool')).toBeUndefined();
});

test('all that is missing is named, with the package that supplies it', async () => {
  put('first/banger-there', 0o755);
  const tools = ['banger-a', 'banger-there', 'banger-b'].map((program) => ({
    program,
    debianPackage: `${program}-pkg`,
  }));
  expect(await missingTools(tools)).toEqual([
    { type: 'TOOL', subject: 'banger-a', description: 'apt install banger-a-pkg' },
    { type: 'TOOL', subject: 'banger-b', description: 'apt install banger-b-pkg' },
  ]);
});
