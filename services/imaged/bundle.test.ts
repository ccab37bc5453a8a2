import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bundleReasons } from '../../lib/bundle/errors.js';
import { bundleFiles, sampleMetadata } from '../../lib/testing/bundle.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';

let lab: ImagedLab;

beforeEach(async () => {
  lab = await ImagedLab.open();
});

afterEach(() => lab.dispose());

async function layOut(files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(lab.at('runtime'));
  for (const [name, text] of Object.entries(files)) await writeFile(lab.at(`runtime/${name}`), text);
}

const whole = { ...bundleFiles, 'bundle.json': JSON.stringify(sampleMetadata()) };
const lease = (holder: string, image = 'debian') =>
  lab.client.acquireLease({ holder, holderName: holder, image, kernel: '' });

test('what the store lacks comes from the bundle, once, and nothing of the bundle is touched', async () => {
  await layOut(whole);
  expect(await lab.names()).toEqual([]);
  const [held] = await Promise.all([lease('a'.repeat(16)), lease('b'.repeat(16))]);
  expect(held.image).toMatchObject({ name: 'debian', digest: sampleMetadata().rootfs.digest });
  expect(held.kernel).toMatchObject({ name: '6.1.0-56-cloud-amd64', defaultKernel: true });
  expect(await readFile(held.rootfsPath, 'utf8')).toBe(bundleFiles['rootfs.ext4']);
  expect(await readFile(held.initrdPath, 'utf8')).toBe(bundleFiles.initrd);
  expect(await lab.objectCount()).toBe(2);
  const file = await stat(lab.at('runtime/rootfs.ext4'));
  expect([file.mode & 0o777, file.nlink]).toEqual([0o644, 1]);
  expect(await lab.leftInBuilding()).toEqual([]);
});

test('it is asked for by name and by digest, and shown with the paths of its files', async () => {
  await layOut(whole);
  const { image, path } = await lab.client.getImage({ image: sampleMetadata().rootfs.digest });
  expect(image?.name).toBe('debian');
  expect(path).toBe(join(lab.objectFolder(image?.digest ?? ''), 'rootfs.ext4'));
  const { vmlinuxPath } = await lab.client.getKernel({ kernel: '6.1.0-56-cloud-amd64' });
  expect(await readFile(vmlinuxPath, 'utf8')).toBe(bundleFiles.vmlinux);
  await expect(lab.client.getImage({ image: 'other' })).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
});

test('what was built has its name before the bundle', async () => {
  await layOut(whole);
  const { image } = await lab.buildImage();
  await lab.buildKernel();
  const held = await lease('a'.repeat(16));
  expect(held.image?.digest).toBe(image.digest);
  expect(await lab.objectCount()).toBe(2);
});

test('a file that is not what bundle.json says never comes into the store', async () => {
  await layOut({ ...whole, 'rootfs.ext4': 'a r00t file system' });
  await expect(lease('a'.repeat(16))).rejects.toMatchObject({ reason: bundleReasons.BUNDLE_DAMAGED });
  expect(await lab.objectCount()).toBe(0);
  expect(await lab.leftInBuilding()).toEqual([]);
});

test('a bundle that is wrong is told, and one of the legacy layout is understood', async () => {
  await layOut({ 'bundle.json': '{}' });
  await expect(lease('a'.repeat(16))).rejects.toMatchObject({ reason: bundleReasons.BUNDLE_INVALID });
  await lab.stop();
  await lab.start();
  await expect(lab.client.getImage({ image: 'x' })).rejects.toMatchObject({ reason: bundleReasons.BUNDLE_INVALID });
});

test('a bundle of the legacy layout is understood', async () => {
  await layOut({ vmlinux: 'v', 'initrd.img': 'i', 'rootfs.ext4': 'r' });
  const held = await lease('a'.repeat(16), 'default');
  expect(await readFile(held.rootfsPath, 'utf8')).toBe('r');
  expect(held.kernel?.name).toBe('default');
});
