import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCommand } from '../../../lib/host/command.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { makeModule } from '../../../test/fakes/kernel-package.js';
import { readModules } from './module-tree.js';

const release = '6.9.1-1-cloud-amd64';
const { signal } = new AbortController();

let folder: Awaited<ReturnType<typeof tempFolder>>;
let tree: string;

beforeEach(async () => {
  folder = await tempFolder();
  tree = join(folder.path, release);
  await mkdir(tree);
});

afterEach(() => folder.remove());

const moduleOf = (depends = '', magic = `${release} SMP`) => makeModule([`depends=${depends}`, `vermagic=${magic}`]);

async function put(path: string, content: Uint8Array | string = moduleOf()): Promise<string> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), content);
  return join(tree, path);
}

const names = async () => (await readModules(tree, release, signal)).map(({ name }) => name);

test('what a guest needs comes in load order, whatever packs it, and nothing else', async () => {
  await put('kernel/virtio/virtio-rng.ko', moduleOf('virtio'));
  await put('kernel/virtio/virtio.ko.gz', gzipSync(moduleOf('virtio_ring')));
  await put('kernel/virtio/virtio_ring.ko');
  await put('kernel/fs/ext4.ko', moduleOf('jbd2'));
  await runCommand(['xz', await put('kernel/fs/jbd2.ko')]);
  await runCommand(['zstd', '--quiet', '--rm', await put('kernel/fs/overlay.ko')]);
  await put('kernel/gpu/amdgpu.ko', 'is never read');
  expect(await names()).toEqual(['overlay', 'virtio_ring', 'virtio', 'virtio_rng', 'jbd2', 'ext4']);
});

test('of two modules of one name an update is taken', async () => {
  await put('kernel/fs/overlay.ko', 'is never read');
  await put('updates/overlay.ko', moduleOf());
  expect(await names()).toEqual(['overlay']);
});

test('modules of another kernel, damaged ones, and folders without any are refused', async () => {
  await expect(names()).rejects.toThrow('it holds no modules');
  await put('kernel/overlay.ko', moduleOf('', '6.9.2 SMP'));
  await expect(names()).rejects.toThrow(
    `its module overlay cannot be used: it is for 6.9.2, and the kernel is ${release}`,
  );
  await put('kernel/overlay.ko', 'no module');
  await expect(names()).rejects.toThrow('overlay cannot be used: it is no 64-bit ELF file');
  await put('kernel/overlay.ko', moduleOf());
  await put('kernel/ext4.ko.gz', gzipSync(Buffer.alloc(65 * 1024 * 1024)));
  await expect(names()).rejects.toThrow('ext4 cannot be used: it unpacks to more');
});

test('links within the folder are as good as files; out of it, and to anything but a file, they are refused', async () => {
  const real = await put('extra/overlay.ko');
  await mkdir(join(tree, 'weak-updates'));
  await symlink(real, join(tree, 'weak-updates', 'overlay.ko'));
  await symlink('/usr/src', join(tree, 'build'));
  expect(await names()).toEqual(['overlay']);
  await writeFile(join(folder.path, 'ext4.ko'), moduleOf());
  await symlink('../ext4.ko', join(tree, 'ext4.ko'));
  await expect(names()).rejects.toThrow('ext4 cannot be used: it is a link that leads out of the folder');
  await symlink('gone.ko', join(tree, 'zz.ko'));
  await runCommand(['rm', join(tree, 'ext4.ko')]);
  await runCommand(['mkfifo', join(tree, 'ext4.ko')]);
  await expect(names()).rejects.toThrow('it is no regular file');
});

test('a kernel that lacks what every guest needs is refused when the tree tells what is built in', async () => {
  await put('kernel/fs/overlay.ko');
  expect(await names()).toEqual(['overlay']);
  await put('modules.builtin', 'kernel/virtio/virtio_pci.ko\nkernel/block/virtio_blk.ko\nkernel/fs/ext4/ext4.ko\n');
  expect(await names()).toEqual(['overlay']);
  await put('modules.builtin', 'kernel/fs/ext4/ext4.ko\n');
  await expect(names()).rejects.toThrow('no driver virtio_pci or virtio_mmio, and none virtio_blk');
});
