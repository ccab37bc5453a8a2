import { lstatSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pathExists } from '../../lib/host/files.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { readUserFile, userFile, writeUserFile } from './user-file.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(() => folder.remove());
const at = (...names: string[]) => join(folder.path, ...names);

test("the file of the account's home, unless another is named", () => {
  expect(userFile(undefined)).toBe(join(homedir(), '.ssh/config'));
  expect(userFile('/x/../y')).toBe('/y');
});

test('a new file and its folder are for their owner alone', async () => {
  expect(await readUserFile(at('.ssh/config'))).toBeUndefined();
  await writeUserFile(at('.ssh/config'), 'x\n');
  expect(statSync(at('.ssh')).mode & 0o777).toBe(0o700);
  expect(statSync(at('.ssh/config')).mode & 0o777).toBe(0o600);
  await writeUserFile(at('.ssh/config'), undefined);
  expect(await pathExists(at('.ssh/config'))).toBe(false);
});

test('mode and owner stay, as does the mode of its folder', async () => {
  writeFileSync(at('config'), 'old\n', { mode: 0o644 });
  await writeUserFile(at('config'), 'new\n');
  const { mode, uid, gid } = statSync(at('config'));
  expect([mode & 0o777, uid, gid]).toEqual([0o644, process.getuid?.(), process.getgid?.()]);
});

test.each([true, false])(
  'a link stays one, and the file that it leads to is written; there before: %s',
  async (there) => {
    if (there) writeFileSync(at('dotfiles'), 'old\n', { mode: 0o640 });
    symlinkSync('middle', at('config'));
    symlinkSync('dotfiles', at('middle'));
    await writeUserFile(at('config'), 'new\n');
    expect(readlinkSync(at('config'))).toBe('middle');
    expect(lstatSync(at('dotfiles')).isFile()).toBe(true);
    expect(readFileSync(at('dotfiles'), 'utf8')).toBe('new\n');
    expect(statSync(at('dotfiles')).mode & 0o777).toBe(there ? 0o640 : 0o600);
    await writeUserFile(at('config'), undefined);
    expect(readlinkSync(at('config'))).toBe('middle');
    expect(await pathExists(at('dotfiles'))).toBe(false);
  },
);

test('what cannot be read or written says what to do instead', async () => {
  symlinkSync('b', at('a'));
  symlinkSync('a', at('b'));
  const unusable = { reason: 'SSH_CONFIG_UNUSABLE', message: expect.stringContaining('by hand') };
  await expect(writeUserFile(at('a'), 'x')).rejects.toMatchObject(unusable);
  await expect(readUserFile(folder.path)).rejects.toMatchObject(unusable);
});
