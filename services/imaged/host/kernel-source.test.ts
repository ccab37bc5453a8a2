import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { encodeLz4Legacy, makeBzImage, makeModule, makeVmlinux } from '../../../test/fakes/kernel-package.js';
import { readKernel } from './kernel-source.js';

const release = '6.9.1-1-cloud-amd64';
const vmlinux = makeVmlinux({ release, body: Buffer.alloc(300_000, 'kernel and more of it ') });
const { signal } = new AbortController();

let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeEach(async () => {
  folder = await tempFolder();
});

afterEach(() => folder.remove());

async function fileOf(content: Uint8Array): Promise<string> {
  const path = join(folder.path, 'file');
  await writeFile(path, content);
  return path;
}

const read = async (content: Uint8Array) => readKernel(await fileOf(content), folder.path, signal);

/** Packed by the program itself, as a kernel's build does it. */
async function packed(argv: readonly string[], suffix: string): Promise<Buffer> {
  const path = await fileOf(vmlinux);
  await runCommand([...argv, path]);
  return readFile(`${path}${suffix}`);
}

describe('a bzImage', () => {
  test.each([
    ['xz', ['xz', '--check=crc32', '--x86', '--lzma2=dict=1MiB', '--keep', '--force'], '.xz'],
    ['zstd', ['zstd', '-19', '--quiet', '--keep', '--force'], '.zst'],
    ['lz4', ['lz4', '-l', '-9', '-q', '-k', '-f', '-m'], '.lz4'],
  ] as const)('that %s has packed', async (payload, argv, suffix) => {
    const image = makeBzImage(await packed(argv, suffix), vmlinux.length, { release });
    const kernel = await read(image);
    expect(kernel).toMatchObject({ payload, release });
    expect(kernel.vmlinux.equals(vmlinux)).toBe(true);
  });

  test('that gzip has packed; it need not say its release, for the kernel does', async () => {
    const kernel = await read(makeBzImage(gzipSync(vmlinux), 0, { appendSize: false }));
    expect(kernel).toMatchObject({ payload: 'gzip', release });
    expect(kernel.vmlinux.equals(vmlinux)).toBe(true);
  });

  test.each([
    ['xz', ['xz', '--keep', '--force'], '.xz'],
    ['zstd', ['zstd', '--quiet', '--keep', '--force'], '.zst'],
  ] as const)('whose %s holds more than it announces is left as soon as that shows', async (_payload, argv, suffix) => {
    const bomb = await packed(argv, suffix);
    await expect(read(makeBzImage(bomb, 1000))).rejects.toThrow('it unpacks to more than 1000 bytes');
    await expect(read(makeBzImage(bomb, vmlinux.length + 1))).rejects.toThrow('not the announced');
    await expect(read(makeBzImage(bomb.subarray(0, 60), vmlinux.length))).rejects.toThrow(RangeError);
  });

  test('whose gzip or lz4 holds more than it announces', async () => {
    const gzip = gzipSync(vmlinux);
    gzip.writeUInt32LE(1000, gzip.length - 4);
    await expect(read(makeBzImage(gzip, 0, { appendSize: false }))).rejects.toThrow('more than it may');
    await expect(read(makeBzImage(encodeLz4Legacy(vmlinux), 1000))).rejects.toThrow('more data than announced');
  });
});

test('an ELF vmlinux is taken as it is', async () => {
  const kernel = await read(vmlinux);
  expect(kernel).toMatchObject({ payload: 'none', release });
  expect(kernel.vmlinux.equals(vmlinux)).toBe(true);
});

test('what is none of them, and what is no file, is refused', async () => {
  await expect(read(Buffer.from('#!/bin/sh\n'))).rejects.toThrow('neither a bzImage nor an ELF vmlinux');
  await expect(readKernel(folder.path, folder.path, signal)).rejects.toThrow('it is a folder');
  await runCommand(['mkfifo', join(folder.path, 'pipe')]);
  await expect(readKernel(join(folder.path, 'pipe'), folder.path, signal)).rejects.toThrow('no regular file');
  await expect(readKernel('/dev/zero', folder.path, signal)).rejects.toThrow('no regular file');
  await runCommand(['truncate', '--size=1G', join(folder.path, 'large')]);
  await expect(readKernel(join(folder.path, 'large'), folder.path, signal)).rejects.toThrow('1073741824 bytes');
});

describe('a Debian package', () => {
  const image = makeBzImage(gzipSync(vmlinux), 0, { appendSize: false, release });

  /** Makes a package of files by their paths. */
  async function packageOf(files: Readonly<Record<string, Uint8Array>>, prepare?: (tree: string) => Promise<unknown>) {
    const tree = join(folder.path, 'tree');
    const control =
      'Package: linux-image-made-up\nVersion: 6.9.1-1\nArchitecture: amd64\nMaintainer: a\nDescription: b\n';
    for (const [path, content] of Object.entries({ ...files, 'DEBIAN/control': Buffer.from(control) })) {
      await mkdir(join(tree, path, '..'), { recursive: true });
      await writeFile(join(tree, path), content);
    }
    await prepare?.(tree);
    const path = join(folder.path, 'kernel.deb');
    await runCommand(['dpkg-deb', '--build', '-Zgzip', tree, path]);
    return path;
  }

  const work = () => join(folder.path, 'work');
  const unpack = async (path: string) => readKernel(path, work(), signal);

  test('gives its kernel, its name and its modules under their plain names', async () => {
    const overlay = makeModule(['depends=']);
    const path = await packageOf({
      [`boot/vmlinuz-${release}`]: image,
      [`usr/lib/modules/${release}/kernel/fs/overlay.ko`]: overlay,
      [`usr/lib/modules/${release}/modules.builtin`]: Buffer.from('kernel/fs/ext4/ext4.ko\n'),
      [`usr/lib/modules/${release}/modules.dep`]: Buffer.from('not needed'),
      'usr/share/doc/overlay.ko': overlay,
    });
    const kernel = await unpack(path);
    const modules = join(work(), 'modules', release);
    expect(kernel).toMatchObject({ release, package: { name: 'linux-image-made-up', version: '6.9.1-1' }, modules });
    expect((await readdir(work(), { recursive: true })).sort()).toEqual([
      'modules',
      `modules/${release}`,
      `modules/${release}/modules.builtin`,
      `modules/${release}/overlay.ko`,
    ]);
  });

  test('without modules of its kernel brings none', async () => {
    const path = await packageOf({
      [`boot/vmlinuz-${release}`]: image,
      'lib/modules/6.9.2/kernel/overlay.ko': makeModule([]),
    });
    expect(await unpack(path)).not.toHaveProperty('modules');
  });

  test('links in it lead nowhere, and damage is refused', async () => {
    const linked = await packageOf({ [`boot/vmlinuz-${release}`]: image }, async (tree) => {
      await mkdir(join(tree, 'lib/modules'), { recursive: true });
      await runCommand(['ln', '-s', '/etc', join(tree, 'lib/modules', release)]);
    });
    expect(await unpack(linked)).not.toHaveProperty('modules');
    await runCommand(['truncate', '--size=-200', linked]);
    await expect(unpack(linked)).rejects.toThrow(RangeError);
    await writeFile(linked, '!<arch>\ndebian-binary   ');
    await expect(unpack(linked)).rejects.toThrow('dpkg-deb');
  });

  test('without a kernel, or with two, is refused', async () => {
    await expect(unpack(await packageOf({ 'boot/config': Buffer.from('') }))).rejects.toThrow('holds no kernel');
    const two = await packageOf({ 'boot/vmlinuz-1': image, 'boot/vmlinuz-2': image });
    await expect(unpack(two)).rejects.toThrow('more than one kernel');
  });
});
