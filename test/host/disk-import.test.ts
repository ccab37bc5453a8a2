import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ImageInit, ImportKind } from '../../gen/banger/imaged/v1/image_service.js';
import { runCommand } from '../../lib/host/command.js';
import { ImagedLab } from '../fakes/imaged-lab.js';

/** Disks that mke2fs and qemu-img have made, on their way into a store. */

let lab: ImagedLab;

beforeAll(async () => {
  lab = await ImagedLab.open();
  await makeDisk('good.ext4', ['usr/lib/banger/own/.', 'usr/lib/banger/light-init', 'usr/sbin/dropbear']);
}, 120_000);

afterAll(() => lab.dispose());

const run = (...argv: string[]) => runCommand(argv);

/** A file system with these files; what ends in "/." is a folder. */
async function makeDisk(name: string, paths: readonly string[]): Promise<string> {
  const tree = lab.at(`${name}.tree`);
  await mkdir(tree);
  for (const path of paths) {
    await mkdir(join(tree, dirname(path)), { recursive: true });
    if (!path.endsWith('/.')) await writeFile(join(tree, path), path);
  }
  await run('mke2fs', '-q', '-F', '-t', 'ext4', '-d', tree, lab.at(name), '16M');
  return lab.at(name);
}

async function importDisk(source: string, name = 'own', kind = ImportKind.UNSPECIFIED) {
  for await (const { event } of lab.client.importImage({ source, name, kind })) {
    if (event?.$case === 'image') return event.value;
  }
  throw new Error('the stream ended without an image');
}

/** Makes a disk in a format of its own, with further options. */
async function qcow2(name: string, ...options: string[]): Promise<string> {
  await run('qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', ...options, lab.at('good.ext4'), lab.at(name));
  return lab.at(name);
}

const refused = (why: RegExp, reason = 'IMPORT_REFUSED') => ({
  kind: 'invalid',
  reason,
  message: expect.stringMatching(why),
});

test('a file system is the same image, raw and as qcow2, packed or not', async () => {
  const raw = await importDisk(lab.at('good.ext4'));
  expect(raw).toMatchObject({ name: 'own', sizeBytes: 16 * 1024 * 1024, init: ImageInit.LIGHT, defaultUser: 'root' });
  expect(raw.diskUsageBytes).toBeLessThan(raw.sizeBytes / 2);
  expect((await importDisk(await qcow2('plain.qcow2'))).digest).toBe(raw.digest);
  expect((await importDisk(await qcow2('packed.qcow2', '-c'), 'own', ImportKind.DISK)).digest).toBe(raw.digest);
});

test('a qcow2 disk that leads elsewhere is refused, whatever that is', async () => {
  await qcow2('base.qcow2');
  await run('qemu-img', 'create', '-q', '-f', 'qcow2', '-b', lab.at('base.qcow2'), '-F', 'qcow2', lab.at('on.qcow2'));
  await expect(importDisk(lab.at('on.qcow2'))).rejects.toMatchObject(refused(/backing file/));
  const data = `data_file=${lab.at('data.raw')}`;
  await run('qemu-img', 'create', '-q', '-f', 'qcow2', '-o', data, lab.at('split.qcow2'), '16M');
  await expect(importDisk(lab.at('split.qcow2'))).rejects.toMatchObject(refused(/in another file/));
});

test('a disk that claims to be huge is refused before anything is copied', async () => {
  await run('qemu-img', 'create', '-q', '-f', 'qcow2', lab.at('huge.qcow2'), '32T');
  await expect(importDisk(lab.at('huge.qcow2'))).rejects.toMatchObject(refused(/takes up to/));
  await run('truncate', '-s', '100G', lab.at('huge.ext4'));
  await run('dd', `if=${lab.at('good.ext4')}`, `of=${lab.at('huge.ext4')}`, 'bs=4k', 'count=1', 'conv=notrunc');
  await expect(importDisk(lab.at('huge.ext4'))).rejects.toMatchObject(refused(/takes up to/));
});

test('a whole disk, an empty one and a damaged file system are refused, and say what to do', async () => {
  await run('truncate', '-s', '8M', lab.at('whole.raw'));
  await writeFile(lab.at('signature'), Buffer.from([0x55, 0xaa]));
  await run('dd', `if=${lab.at('signature')}`, `of=${lab.at('whole.raw')}`, 'bs=1', 'seek=510', 'conv=notrunc');
  await expect(importDisk(lab.at('whole.raw'))).rejects.toMatchObject(refused(/copy the root partition out/));
  await run('qemu-img', 'create', '-q', '-f', 'qcow2', lab.at('empty.qcow2'), '8M');
  await expect(importDisk(lab.at('empty.qcow2'))).rejects.toMatchObject(refused(/no ext4 file system/));
  await run('cp', lab.at('good.ext4'), lab.at('damaged.ext4'));
  await run('dd', 'if=/dev/urandom', `of=${lab.at('damaged.ext4')}`, 'bs=4k', 'seek=1', 'count=40', 'conv=notrunc');
  await expect(importDisk(lab.at('damaged.ext4'))).rejects.toMatchObject(refused(/file system is damaged/));
});

test('what a guest cannot boot from is refused with all that is missing', async () => {
  const disk = await makeDisk('bare.ext4', ['usr/lib/systemd/systemd']);
  await expect(importDisk(disk)).rejects.toMatchObject(
    refused(/\/usr\/lib\/banger\/own.*light-init.*an ssh server/, 'IMAGE_NOT_BOOTABLE'),
  );
  expect(await lab.leftInBuilding()).toEqual([]);
  expect((await readdir(join(lab.store, 'objects'))).length).toBeLessThanOrEqual(1);
});
