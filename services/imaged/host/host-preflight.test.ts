import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { expectHelpful, lacksIn } from '../../../test/contracts/host-check.js';
import { type BuildHost, HostPreflight } from './host-preflight.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
const { PATH } = process.env;

const programs = [
  ...['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb', 'setpriv', 'unshare'],
  ...['mmdebstrap', 'mke2fs', 'debugfs', 'newuidmap', 'find', 'zstd', 'tar'],
];

beforeEach(async () => {
  folder = await tempFolder();
  process.env.PATH = join(folder.path, 'bin');
  for (const name of ['bin', 'apt', 'store']) mkdirSync(join(folder.path, name));
  for (const program of programs) putProgram(program, '#!/bin/sh\n');
  writeFileSync(join(folder.path, 'apt/sources.list'), 'deb http://deb.example/debian bookworm main contrib\n');
});
afterEach(async () => {
  process.env.PATH = PATH;
  await folder.remove();
});

function putProgram(name: string, content: string): void {
  const path = join(folder.path, 'bin', name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
}

function preflight(change: Partial<BuildHost> = {}): HostPreflight {
  const system = { distribution: 'debian', suite: 'bookworm', aptFolder: join(folder.path, 'apt') };
  const standard = { storeFolder: join(folder.path, 'store'), isRoot: true, system, architecture: 'x64' };
  return new HostPreflight({ ...standard, ...change });
}

async function lacks(
  purpose: 'image-build' | 'image-import' | 'kernel-build',
  change: Partial<BuildHost> = {},
): Promise<string[]> {
  const findings = await preflight(change).find([purpose]);
  expectHelpful(findings, [purpose]);
  // Whatever space this machine has.
  return lacksIn(findings).filter((lack) => !lack.includes('disk space'));
}

test('an image needs programs, and sources of the host’s own suite', async () => {
  expect(await lacks('image-build')).toEqual([]);
  expect(await lacks('image-build', { isRoot: false })).toEqual([]);
  const system = { distribution: 'debian', suite: 'trixie', aptFolder: join(folder.path, 'apt') };
  const folderOfApt = join(folder.path, 'apt');
  expect(await lacks('image-build', { system })).toEqual([
    `error: apt sources of trixie with the component main: ${folderOfApt} has none; ` +
      `add an entry to ${folderOfApt}/sources.list`,
  ]);
});

test('all that a build lacks is one error; nothing is asked that it does not need', async () => {
  await folder.remove();
  mkdirSync(join(folder.path, 'apt'), { recursive: true });
  const asUser = preflight({ isRoot: false }).check('image');
  await expect(asUser).rejects.toMatchObject({
    reason: 'HOST_NOT_READY',
    preconditions: expect.arrayContaining([
      { type: 'TOOL', subject: 'mmdebstrap', description: 'apt install mmdebstrap' },
      { type: 'TOOL', subject: 'newuidmap', description: 'apt install uidmap' },
      expect.objectContaining({ type: 'FILE', subject: expect.stringContaining('apt sources of bookworm') }),
    ]),
  });
  expect(await lacks('image-build')).not.toContainEqual(expect.stringContaining('newuidmap'));
  expect(await lacks('kernel-build')).not.toContainEqual(expect.stringMatching(/mmdebstrap|sources/));
});

test('a container image needs the tools that know them', async () => {
  const missing = ['skopeo', 'umoci', 'prlimit'].map((tool) => `^error: ${tool}: not found; apt install `);
  expect(await lacks('image-import')).toEqual(
    expect.arrayContaining([...missing, 'a statically linked busybox'].map((text) => expect.stringMatching(text))),
  );
});

test('a kernel needs a busybox without libraries', async () => {
  expect(await lacks('kernel-build')).toEqual([
    'error: a statically linked busybox: not found; apt install busybox-static',
  ]);
  // Node has libraries.
  copyFileSync(process.execPath, join(folder.path, 'bin/busybox'));
  expect(await lacks('kernel-build')).toEqual([
    `error: a statically linked busybox: ${join(folder.path, 'bin/busybox')} needs libraries; apt install busybox-static`,
  ]);
});

test('a host of another architecture can build nothing', async () => {
  const arm = { architecture: 'arm64' };
  expect(await lacks('image-build', arm)).toEqual(['error: an x86-64 host: this one is arm64; build on one that is']);
  await expect(preflight(arm).check('kernel')).rejects.toMatchObject({ reason: 'ARCHITECTURE_UNSUPPORTED' });
});
