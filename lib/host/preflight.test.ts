import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { findProgram, lookForRightToWrite, lookForSpace, lookForTools, missingTools } from './preflight.js';

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

test('a tool that the rest goes on without is a warning that says what does not work', async () => {
  const program = put('first/banger-there', 0o755);
  const common = { debianPackage: 'pkg', without: 'guests cannot be asked' };
  expect(await lookForTools([{ program: 'banger-there', ...common }])).toEqual([
    { severity: 'ok', type: 'TOOL', subject: 'banger-there', found: program, remedy: '' },
  ]);
  expect(await lookForTools([{ program: 'banger-away', ...common }])).toEqual([
    {
      severity: 'warning',
      type: 'TOOL',
      subject: 'banger-away',
      found: 'not found: guests cannot be asked',
      remedy: 'apt install pkg',
    },
  ]);
});

const tebibytes = 1024 ** 4 * 1000;
test.each([
  ['enough', 1, 2, 'ok', '0 MiB'],
  ['little', 1, tebibytes, 'warning', '1048576000 MiB'],
  ['too little', tebibytes, tebibytes, 'error', '1048576000 MiB'],
])('%s space, where the folder is yet to be made', async (_what, needed, comfortable, severity, wanted) => {
  const path = join(folder.path, 'not/yet/made');
  const found = await lookForSpace({ folder: path, needed, comfortable, remedy: 'make room' });
  expect(found).toMatchObject({ severity, subject: `${wanted} of disk space in ${path}` });
  expect(found.found).toMatch(/^\d+ MiB are free$/);
  expect(found.remedy).toBe(severity === 'ok' ? '' : 'make room');
});

test('the right to write, to what is there and to what is yet to be made', async () => {
  for (const path of [folder.path, join(folder.path, 'not/yet/made')]) {
    expect(await lookForRightToWrite(path, 'x')).toMatchObject({ severity: 'ok', remedy: '' });
  }
  // Not even root may write there.
  expect(await lookForRightToWrite('/proc/sys/kernel/osrelease', 'run as root')).toEqual({
    severity: 'error',
    type: 'RIGHT',
    subject: 'the right to write /proc/sys/kernel/osrelease',
    found: 'permission denied (EACCES)',
    remedy: 'run as root',
  });
});
