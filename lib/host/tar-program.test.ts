import { mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { packTree, unpackTree } from './tar-program.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
  mkdirSync(path('from'));
  mkdirSync(path('to'));
});
afterEach(() => folder.remove());

const path = (...names: string[]) => join(folder.path, ...names);
const never = new AbortController().signal;

test('a tree comes out as it went in', async () => {
  mkdirSync(path('from/é'));
  writeFileSync(path('from/-f'), 'x'.repeat(1_000_000), { mode: 0o600 });
  symlinkSync('/etc', path('from/out'));
  await unpackTree(path('to'), packTree(path('from'), true, never));
  expect(readdirSync(path('to')).sort()).toEqual(['-f', 'out', 'é']);
  expect(readlinkSync(path('to/out'))).toBe('/etc');
  expect({ size: statSync(path('to/-f')).size, mode: statSync(path('to/-f')).mode & 0o777 }).toEqual({
    size: 1_000_000,
    mode: 0o600,
  });
});

test('a file goes by its own name, and what a link leads to goes for it', async () => {
  writeFileSync(path('from/-f'), 'x');
  symlinkSync('-f', path('from/link'));
  await unpackTree(path('to'), packTree(path('from/link'), false, never));
  expect(readFileSync(path('to/link'), 'utf8')).toBe('x');
  expect(statSync(path('to/link')).isFile()).toBe(true);
});

async function* once(data: Buffer): AsyncIterable<Buffer> {
  yield data;
}

test('what goes wrong is told by its first line', async () => {
  await expect(unpackTree(path('to'), packTree(path('no'), false, never))).rejects.toMatchObject({
    reason: 'COMMAND_FAILED',
    message: expect.stringMatching(/^cannot pack .*\/no: no: Cannot stat: No such file or directory$/),
  });
  await expect(unpackTree(path('to'), once(Buffer.alloc(100_000, 'x')))).rejects.toMatchObject({
    message: expect.stringMatching(/^cannot unpack into .*: This does not look like a tar archive$/),
  });
});

test('an archive in the making ends with who wants it', async () => {
  writeFileSync(path('from/large'), '');
  const gone = new AbortController();
  const pieces = packTree('/usr/lib', true, gone.signal);
  await pieces.next();
  gone.abort(new Error('gone'));
  await expect(
    (async () => {
      for await (const _ of pieces);
    })(),
  ).rejects.toThrow('gone');
});
