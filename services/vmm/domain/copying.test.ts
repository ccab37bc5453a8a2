import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { copyInto, copyOutOf, readSource, sourceProblems, targetProblems } from './copying.js';

/** Shells and tar of a guest do this: real ones do here. */

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());

const path = (...names: string[]) => join(folder.path, ...names);
const okExitCodes = [0, 1, 2, 3];

/** An archive with one file of this name. */
async function archiveOf(name: string, text: string): Promise<Buffer> {
  mkdirSync(path('packed'), { recursive: true });
  writeFileSync(path('packed', name), text);
  const file = path('archive.tar');
  await runCommand(['tar', '-c', '-f', file, '-C', path('packed'), '--', name]);
  return readFileSync(file);
}

async function into(target: string, isFolder: boolean, archive: Buffer, baseName = 'x') {
  const argv = copyInto({ name: 'web', path: target, baseName, isFolder });
  return runCommand(argv, { stdin: archive, okExitCodes, cwd: folder.path });
}

test('a file goes into a folder by its name, elsewhere by the new one, and replaces what is there', async () => {
  const archive = await archiveOf('x', 'new');
  mkdirSync(path('there'));
  writeFileSync(path('there/x'), 'old');
  for (const target of [path('there'), path('there/')])
    expect(await into(target, false, archive)).toMatchObject({ exitCode: 0, stdout: path('there/x') });
  expect(await into('renamed', false, archive)).toMatchObject({ exitCode: 0, stdout: path('renamed') });
  expect(await into('', false, archive)).toMatchObject({ exitCode: 0, stdout: path('x') });
  expect(['there/x', 'renamed', 'x'].map((name) => readFileSync(path(name), 'utf8'))).toEqual(['new', 'new', 'new']);
});

test('half an archive leaves what was there', async () => {
  const archive = await archiveOf('x', 'n'.repeat(100_000));
  writeFileSync(path('x'), 'old');
  expect((await into(path('x'), false, archive.subarray(0, 5_000))).exitCode).not.toBe(0);
  expect(readFileSync(path('x'), 'utf8')).toBe('old');
  expect(readdirSync(folder.path).sort()).toEqual(['archive.tar', 'packed', 'x']);
});

test('a folder is made, or what is in it joins what is there', async () => {
  const archive = await archiveOf('a', '1');
  expect(await into(path('new'), true, archive)).toMatchObject({ exitCode: 0, stdout: path('new') });
  writeFileSync(path('new/b'), '2');
  expect(await into(path('new/'), true, archive, '-n')).toMatchObject({ exitCode: 0, stdout: path('new/-n') });
  expect(await into(folder.path, true, archive, 'new')).toMatchObject({ exitCode: 0, stdout: path('new') });
  expect(readdirSync(path('new')).sort()).toEqual(['-n', 'a', 'b']);
});

test('what cannot be begun says why', async () => {
  const archive = await archiveOf('x', 'x');
  writeFileSync(path('file'), '');
  mkdirSync(path('taken/x'), { recursive: true });
  const says = async (target: string, isFolder: boolean) => {
    const { exitCode, stderr } = await into(target, isFolder, archive);
    return [exitCode, stderr.trim()];
  };
  expect(await says(path('no/x'), false)).toEqual([3, `there is no folder ${path('no')} that can be entered`]);
  expect(await says(path('no/'), true)).toEqual([3, `there is no folder ${path('no/')}`]);
  expect(await says(path('file'), true)).toEqual([3, `${path('file')} is there and is no folder`]);
  expect(await says(path('taken'), false)).toEqual([3, `${path('taken/x')} is a folder`]);
});

async function outOf(source: string) {
  const file = path('out');
  const { exitCode, stderr } = await runCommand(
    ['sh', '-c', 'out=$1; shift; exec "$@" >"$out"', 'sh', file, ...copyOutOf(source)],
    {
      okExitCodes,
      cwd: folder.path,
    },
  );
  const said = readFileSync(file);
  const begin = readSource(said);
  if (begin === undefined) return { exitCode, stderr: stderr.trim() };
  writeFileSync(file, said.subarray(begin.length));
  const { stdout } = await runCommand(['tar', '-t', '-f', file]);
  return { exitCode, source: begin.source, names: stdout.trim().split('\n').sort() };
}

test('what comes out says what it is', async () => {
  mkdirSync(path('d/é'), { recursive: true });
  writeFileSync(path('d/f'), 'x'.repeat(5000));
  symlinkSync('d', path('link'));
  symlinkSync('d/f', path('-l'));
  const tree = { exitCode: 0, names: ['./', './f', './é/'] };
  const size = expect.any(Number);
  const inFolder = { baseName: 'd', isFolder: true, sizeBytes: size };
  expect(await outOf('d')).toEqual({ ...tree, source: inFolder });
  expect(await outOf(path('link/'))).toEqual({ ...tree, source: inFolder });
  expect(await outOf('d/é')).toMatchObject({ source: { baseName: 'é' } });
  const source = { baseName: '-l', isFolder: false, sizeBytes: 8192 };
  expect(await outOf('-l')).toEqual({ exitCode: 0, names: ['-l'], source });
  expect(await outOf('no')).toEqual({ exitCode: 3, stderr: 'there is no no' });
});

test('the beginning may come in any pieces', () => {
  const said = Buffer.from('file\x004\0a\0archive');
  for (let i = 0; i < 'file0400a00'.length - 2; i++) expect(readSource(said.subarray(0, i))).toBeUndefined();
  expect(readSource(said)).toEqual({ source: { baseName: 'a', isFolder: false, sizeBytes: 4096 }, length: 9 });
});

test('mistakes are told all at once', () => {
  const target = { name: '', path: '\0', baseName: '..', isFolder: false };
  expect(targetProblems(target).map(({ field }) => field)).toEqual(['name', 'path', 'base_name']);
  expect(sourceProblems('', '').map(({ field }) => field)).toEqual(['name', 'path']);
  expect(targetProblems({ ...target, name: 'web', path: '', baseName: '-x' })).toEqual([]);
});
