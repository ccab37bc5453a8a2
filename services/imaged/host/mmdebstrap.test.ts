import { expect, test } from '@jest/globals';
import { FakeBuildHost } from '../../../test/fakes/image-build.js';
import { mmdebstrapArgv } from './mmdebstrap.js';

async function argv(isRoot: boolean): Promise<string[]> {
  const loaded = await new FakeBuildHost().load('debian');
  if (!loaded) throw new Error('the fake has lost its recipe');
  const settings = { options: ['Acquire::Check-Valid-Until "false";'], environment: {} };
  return mmdebstrapArgv(loaded.recipe, 'bookworm', 'rm -f "$1"/etc/hostname\n', settings, isRoot);
}

test('as root the packages go straight into a folder', async () => {
  const words = await argv(true);
  expect(words).toEqual(expect.arrayContaining(['--mode=root', '--format=directory', '--include=usr-is-merged,bash']));
  expect(words.slice(-3)).toEqual(['bookworm', 'tree', 'debian.sources']);
});

test('without root they come as an archive, which keeps whose the files are', async () => {
  const words = await argv(false);
  expect(words).toEqual(expect.arrayContaining(['--mode=unshare', '--format=tar']));
  expect(words.slice(-3)).toEqual(['bookworm', 'tree.tar', 'debian.sources']);
});

test('scripts and settings are words of their own', async () => {
  const words = await argv(true);
  expect(words).toContain('--customize-hook=rm -f "$1"/etc/hostname\n');
  expect(words).toContain('--aptopt=Acquire::Check-Valid-Until "false";');
});
