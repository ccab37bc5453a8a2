import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ImportKind } from '../../gen/banger/imaged/v1/image_service.js';
import { archiveOf } from '../../lib/host/tar-writer.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';
import { ImageArchiveFiles } from './host/image-archive.js';

/** Images on their way out of a store and into another, over the service's socket, with real archives. */

let lab: ImagedLab;
let other: ImagedLab;

beforeEach(async () => {
  [lab, other] = [await ImagedLab.open(), await ImagedLab.open()];
});

afterEach(async () => {
  await lab.dispose();
  await other.dispose();
});

async function exported(image: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { data } of lab.client.exportImage({ image })) pieces.push(data);
  return Buffer.concat(pieces);
}

async function importInto(target: ImagedLab, archive: Uint8Array, name = 'web', kind = ImportKind.UNSPECIFIED) {
  const source = target.at('archive');
  await writeFile(source, archive);
  for await (const { event } of target.client.importImage({ source, name, kind })) {
    if (event?.$case === 'image') return event.value;
  }
  throw new Error('the stream ended without an image');
}

/** A layer on an image, as a VM's disk is one. */
async function addLayer(name: string, parent: string) {
  const disk = Buffer.alloc(4096);
  disk.writeUInt16LE(0xef53, 1024 + 0x38);
  disk.write(name, 2048);
  await writeFile(lab.at('changes'), disk);
  const request = { name, parent, path: lab.at('changes'), source: 'vm web', inputDigest: '' };
  for await (const { event } of lab.client.addLayer(request)) if (event?.$case === 'image') return event.value;
  throw new Error('the stream ended without an image');
}

const fileOf = (target: ImagedLab, digest: string, name = 'rootfs.ext4') => join(target.objectFolder(digest), name);

test('an image arrives as it was, under a name of its own, and a second time changes nothing', async () => {
  const { image } = await lab.buildImage();
  const archive = await exported('debian');
  const arrived = await importInto(other, archive);
  const { names, name, holders, diskUsageBytes, ...same } = image;
  expect(arrived).toMatchObject({ ...same, name: 'web', names: ['web'] });
  expect(await readFile(fileOf(other, image.digest), 'utf8')).toBe('first');
  expect((await stat(fileOf(other, image.digest))).mode & 0o777).toBe(0o444);
  expect((await importInto(other, archive, 'again')).names).toEqual(['again', 'web']);
  expect(await other.objectCount()).toBe(1);
  expect(await other.leftInBuilding()).toEqual([]);
});

test('an image arrives with all that it lies on, which goes with it', async () => {
  await lab.buildImage();
  const low = await addLayer('low', 'debian');
  const high = await addLayer('high', 'low');
  const arrived = await importInto(other, await exported('high'));
  expect(arrived).toMatchObject({ digest: high.digest, parent: low.digest, names: ['web'] });
  expect(await other.names()).toEqual(['web', '', '']);
  const objects = (target: ImagedLab) => readdir(join(target.store, 'objects'));
  expect((await objects(other)).sort()).toEqual((await objects(lab)).sort());
  await other.client.deleteImage({ image: 'web' });
  expect(await other.objectCount()).toBe(0);
});

test('holes cost nothing, neither in an archive nor after it', async () => {
  const { image } = await lab.buildImage();
  const size = 64 * 1024 * 1024;
  await lab.damage(image.digest, async (folder) => {
    await truncate(join(folder, 'rootfs.ext4'), size);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, sizeBytes: size }));
  });
  const archive = await exported(image.digest);
  expect(archive.length).toBeLessThan(64 * 1024);
  const folder = other.at('unpacked');
  await mkdir(folder);
  await writeFile(other.at('archive'), archive);
  const work = { tell: () => undefined, signal: new AbortController().signal };
  const [layer] = await new ImageArchiveFiles().unpack(other.at('archive'), folder, work);
  const { size: bytes, blocks } = await stat(join(layer?.folder ?? '', 'rootfs.ext4'));
  expect(bytes).toBe(size);
  expect(blocks * 512).toBeLessThan(64 * 1024);
});

test('a content that is not what its digest says is refused, and nothing of it is kept', async () => {
  const { image } = await lab.buildImage();
  await lab.damage(image.digest, (folder) => writeFile(join(folder, 'rootfs.ext4'), 'fir$t'));
  await expect(importInto(other, await exported('debian'))).rejects.toMatchObject({
    kind: 'invalid',
    reason: 'IMPORT_REFUSED',
    message: expect.stringContaining('its digest is sha256:'),
  });
  expect(await other.objectCount()).toBe(0);
  expect(await other.leftInBuilding()).toEqual([]);
});

test('an archive does not change what is there, however it describes it', async () => {
  const { image } = await lab.buildImage();
  await lab.damage(image.digest, async (folder) => {
    const text = await readFile(join(folder, 'manifest.json'), 'utf8');
    await writeFile(join(folder, 'manifest.json'), text.replace('"system"', '"light"').replace('"root"', '"mallory"'));
  });
  const archive = await exported('debian');
  const mine = await other.buildImage();
  const arrived = await importInto(other, archive, 'debian');
  expect(arrived).toEqual(mine.image);
});

test('an image can be deleted, tagged and held while it is exported; the archive is whole', async () => {
  lab.host.content = 'x'.repeat(8 * 1024 * 1024);
  const { image } = await lab.buildImage();
  await lab.buildKernel();
  const stream = lab.client.exportImage({ image: 'debian' })[Symbol.asyncIterator]();
  const pieces = [(await stream.next()).value?.data ?? Buffer.alloc(0)];
  await lab.client.tagImage({ image: 'debian', name: 'web', force: false });
  await lab.client.acquireLease({ holder: 'vm', holderName: 'vm', image: 'web', kernel: '' });
  await lab.client.releaseLease({ holder: 'vm' });
  await lab.client.deleteImage({ image: image.digest });
  expect(await lab.names()).toEqual([]);
  for (let next = await stream.next(); !next.done; next = await stream.next()) pieces.push(next.value.data);
  expect((await importInto(other, Buffer.concat(pieces))).digest).toBe(image.digest);
});

test('who leaves an export ends it', async () => {
  await lab.buildImage();
  for await (const _ of lab.client.exportImage({ image: 'debian' })) break;
  await expect(exported('nothing')).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
  await expect(exported('No Name')).rejects.toMatchObject({ fields: [{ field: 'image' }] });
  expect((await exported('debian')).length).toBeGreaterThan(100);
});

const work = { tell: () => undefined, signal: new AbortController().signal };

/** What stands in the archive of the image, without compression, so that each change of it tells. */
async function plainArchive(image: string): Promise<{ archive: Buffer; index: string }> {
  const folder = lab.at('plain');
  await mkdir(folder);
  await writeFile(lab.at('packed'), await exported(image));
  const layers = await new ImageArchiveFiles().unpack(lab.at('packed'), folder, work);
  const index = await readFile(join(folder, 'archive', 'banger-image.json'), 'utf8');
  const file = (name: string, source: Buffer) => ({ name, mode: 0o444, size: source.length, source });
  const files = [file('banger-image.json', Buffer.from(index))];
  for (const { manifest, folder: from } of layers) {
    const name = manifest.parent === undefined ? 'rootfs.ext4' : 'layer.ext4';
    files.push(file(`${manifest.digest.slice(7)}/${name}`, await readFile(join(from, name))));
  }
  return { archive: await joined(files), index };
}

async function joined(files: Parameters<typeof archiveOf>[0]): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of archiveOf(files, {})) pieces.push(piece);
  return Buffer.concat(pieces);
}

const indexes: Readonly<Record<string, (index: string, digest: string) => string>> = {
  'no JSON': () => '{',
  'another format': (index) => index.replace('"format": 1', '"format": 2'),
  'no image': () => '{"format":1,"images":[]}',
  'a layer without its base': (index, digest) => index.replace('"kind"', `"parent": "${digest}", "kind"`),
  'a path for a digest': (index, digest) => index.replaceAll(digest, 'sha256:../../../../tmp'),
  'another size': (index) => index.replace(/"sizeBytes": \d+/, '"sizeBytes": 6'),
  'a user that is no name': (index) => index.replace('"root"', '"root; reboot"'),
};

test.each(Object.entries(indexes))('an archive whose index has %s is refused', async (_what, change) => {
  const { image } = await lab.buildImage();
  const { index } = await plainArchive('debian');
  const text = Buffer.from(change(index, image.digest));
  const content = Buffer.from('first');
  const archive = await joined([
    { name: 'banger-image.json', mode: 0o444, size: text.length, source: text },
    { name: `${image.digest.slice(7)}/rootfs.ext4`, mode: 0o444, size: content.length, source: content },
  ]);
  await expect(importInto(other, archive)).rejects.toMatchObject({ kind: 'invalid', reason: 'IMPORT_REFUSED' });
  expect(await other.leftInBuilding()).toEqual([]);
});

test('an archive with a file too many, too few, or elsewhere is refused', async () => {
  const { image } = await lab.buildImage();
  const { index } = await plainArchive('debian');
  const file = (name: string, text: string) => ({ name, mode: 0o444, size: text.length, source: Buffer.from(text) });
  const first = file('banger-image.json', index);
  const second = file(`${image.digest.slice(7)}/rootfs.ext4`, 'first');
  const refused = { kind: 'invalid', reason: expect.stringMatching(/^(IMPORT_REFUSED|ARCHIVE_REFUSED)$/) };
  for (const files of [[first], [first, second, file('extra', '')], [first, second, file('../out', 'x')]]) {
    await expect(importInto(other, await joined(files))).rejects.toMatchObject(refused);
  }
  for (const folder of [other.at('.'), other.store]) expect(await readdir(folder)).not.toContain('out');
  expect(await other.leftInBuilding()).toEqual([]);
});

test('whatever befalls an archive: an error, or the image as it was; never a file outside the folder', async () => {
  await lab.buildImage();
  await addLayer('low', 'debian');
  const { archive } = await plainArchive('low');
  const arena = lab.at('arena');
  await mkdir(arena);
  const path = lab.at('fuzzed');
  const bytes = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  const cut = fc.option(fc.nat(archive.length - 1), { freq: 6 });
  let round = 0;
  const check = async (changes: [number, number][], end: number | null) => {
    const changed = Buffer.from(archive);
    for (const [at, value] of changes) changed[at] = value;
    await writeFile(path, changed.subarray(0, end ?? changed.length));
    const folder = join(arena, String(round++));
    await mkdir(folder);
    const layers = await new ImageArchiveFiles().unpack(path, folder, work).catch((error) => {
      expect(error.name).toBe('BangerError');
      expect(error.kind).toBe('invalid');
    });
    expect(await readdir(folder)).toEqual(layers ? ['archive'] : expect.anything());
    for (const layer of layers ?? []) expect(layer.folder.startsWith(`${folder}/archive/`)).toBe(true);
  };
  await fc.assert(fc.asyncProperty(bytes, cut, check), { numRuns: 1000 });
  expect(await readdir(arena)).toHaveLength(round);
}, 240_000);
