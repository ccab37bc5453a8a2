import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { runCommand } from './command.js';
import { removePath } from './files.js';
import { type TarOptions, writeTarFile } from './tar-writer.js';
import { untar } from './untar.js';

let temp: Awaited<ReturnType<typeof tempFolder>>;
const at = (name: string) => join(temp.path, name);

beforeEach(async () => {
  temp = await tempFolder();
  await writeFile(at('big'), Buffer.alloc(3_000_001, 'data'));
});

afterEach(() => temp.remove());

const files = () => [
  { name: 'about.json', mode: 0o644, size: 3, source: Buffer.from('{}\n') },
  { name: 'bin/big', mode: 0o755, size: 3_000_001, source: at('big') },
];

test.each(['none', 'gzip', 'zstd'] as const)(
  'comes back as it was, and the same every time (%s)',
  async (compression) => {
    await writeTarFile(at('a'), files(), { compression });
    await writeTarFile(at('b'), files(), { compression });
    expect((await readFile(at('a'))).equals(await readFile(at('b')))).toBe(true);
    await untar(at('a'), at('tree'));
    expect((await readFile(at('tree/bin/big'))).equals(await readFile(at('big')))).toBe(true);
    const { stdout } = await runCommand(['tar', '-tvf', at('a'), '--numeric-owner', '--utc']);
    expect(stdout).toMatch(
      /^-rw-r--r-- 0\/0 +3 1970-01-01 00:00 about.json\n-rwxr-xr-x 0\/0 +3000001 1970-01-01 00:00 bin\/big\n$/,
    );
  },
);

test('a file of more than 8 GiB', async () => {
  const size = 9 * 1024 ** 3;
  await writeFile(at('huge'), '');
  await truncate(at('huge'), size);
  // Its 9 GiB of zeros are never read: what stands in front of them is enough.
  const stop = new AbortController();
  const options: TarOptions = {
    compression: 'none',
    signal: stop.signal,
    onBytes: () => stop.abort(new Error('enough')),
  };
  const source = { name: 'huge', mode: 0o644, size, source: at('huge') };
  await expect(writeTarFile(at('a'), [source], options)).rejects.toThrow('enough');
  await writeTarFile(at('b'), [{ ...source, source: at('big') }], { compression: 'none' }).catch((error) =>
    expect(error.message).toContain(`it has 3000001 bytes, not ${size}`),
  );
  expect((await readdir(temp.path)).sort()).toEqual(['big', 'huge']);
});

test('a signal ends it, and nothing is left', async () => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    const stop = new AbortController();
    const onBytes = () => stop.abort(new Error('enough'));
    const work = writeTarFile(at('a'), files(), { compression, signal: stop.signal, onBytes });
    await expect(work).rejects.toThrow('enough');
  }
  expect(await readdir(temp.path)).toEqual(['big']);
});

test('what is there is not overwritten', async () => {
  await expect(writeTarFile(at('big'), [], { compression: 'none' })).rejects.toThrow(/EEXIST/);
  expect((await stat(at('big'))).size).toBe(3_000_001);
  await removePath(at('big'));
});
