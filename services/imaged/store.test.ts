import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { PruneReason, type VerifyReport } from '../../gen/banger/imaged/v1/image_service.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';

/** Names, room on the disk, damage: what imaged does with the store as a whole. */

let imaged: ImagedLab;
let store: string;

beforeEach(async () => {
  imaged = await ImagedLab.open();
  store = imaged.store;
});

afterEach(() => imaged.dispose());

/** Builds an image with this content, which takes the name debian. */
async function build(content: string): Promise<string> {
  imaged.host.content = content;
  return (await imaged.buildImage({ rebuild: true })).image.digest;
}

const buildKernel = () => imaged.buildKernel();

async function verify(...images: string[]): Promise<VerifyReport['objects']> {
  for await (const { event } of imaged.client.verifyImages({ images })) {
    if (event?.$case === 'report') return event.value.objects;
  }
  throw new Error('the stream ended without a report');
}

const tag = (image: string, name: string, force = false) => imaged.client.tagImage({ image, name, force });
const names = async () => (await imaged.client.listImages({})).images.map((image) => image.names.join(' '));
const objectFolder = (digest: string) => imaged.objectFolder(digest);
const hold = (holder: string, image: string) =>
  imaged.client.acquireLease({ holder, holderName: holder, image, kernel: '' });
const pruneAll = async () => (await imaged.client.pruneImages({ dryRun: false, all: false })).items;
const prune: ImagedLab['prune'] = (request) => imaged.prune(request);

test('an image has as many names as it is given, and loses them one by one', async () => {
  const digest = await build('first');
  expect((await tag('debian', 'web')).image).toMatchObject({ digest, name: 'debian', names: ['debian', 'web'] });
  await tag(digest, 'web');
  expect(await imaged.client.deleteImage({ image: 'debian' })).toEqual({ remainingNames: ['web'] });
  expect(await names()).toEqual(['web']);
  expect(await imaged.client.deleteImage({ image: 'web' })).toEqual({ remainingNames: [] });
  expect(await readdir(join(store, 'objects'))).toEqual([]);
});

test('a digest deletes all names; a held image keeps its last name only', async () => {
  const digest = await build('first');
  await buildKernel();
  await tag('debian', 'web');
  await hold('vm', 'web');
  await expect(imaged.client.deleteImage({ image: digest })).rejects.toMatchObject({ reason: 'IMAGE_IN_USE' });
  await imaged.client.deleteImage({ image: 'debian' });
  await expect(imaged.client.deleteImage({ image: 'web' })).rejects.toMatchObject({ reason: 'IMAGE_IN_USE' });
  await imaged.client.releaseLease({ holder: 'vm' });
  await tag('web', 'other');
  await imaged.client.deleteImage({ image: digest });
  expect(await names()).toEqual([]);
});

test('a name moves; when its image would be gone with it, only by force', async () => {
  const first = await build('first');
  await tag('debian', 'old');
  const second = await build('second');
  await expect(tag('debian', 'old')).rejects.toMatchObject({
    kind: 'exists',
    reason: 'IMAGE_NAME_TAKEN',
    metadata: { name: 'old', image: 'debian', other: first },
  });
  await tag(first, 'older');
  await tag('debian', 'old');
  expect(await names()).toEqual(['debian old', 'older']);
  await tag(second, 'older', true);
  expect(await names()).toEqual(['debian old older']);
});

test('a name that VMs hold an image by moves without force, and the image stays for them', async () => {
  await build('first');
  await buildKernel();
  await tag('debian', 'old');
  await hold('vm', 'old');
  await build('second');
  await tag('debian', 'old');
  expect(await names()).toEqual(['debian old', '']);
});

test('all mistakes in a tag are told at once', async () => {
  await expect(tag('', 'No Name')).rejects.toMatchObject({ fields: [{ field: 'image' }, { field: 'name' }] });
  await expect(tag('debian', `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ fields: [{ field: 'name' }] });
  await expect(tag('nothing', 'name')).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
});

/** What can befall an object, and how it is told. */
const damages: Readonly<Record<string, readonly [(folder: string) => Promise<void>, RegExp]>> = {
  'a changed byte': [(folder) => writeFile(join(folder, 'rootfs.ext4'), 'fir$t'), /its digest is sha256:[0-9a-f]{64}/],
  'a file that was cut off': [(folder) => truncate(join(folder, 'rootfs.ext4'), 3), /^rootfs.ext4 has 3 bytes .* 5$/],
  'a file that is gone': [(folder) => rm(join(folder, 'rootfs.ext4')), /^rootfs.ext4 is missing$/],
  'a manifest that is gone': [(folder) => rm(join(folder, 'manifest.json')), /^manifest.json is missing$/],
  'a manifest of nothing': [(folder) => writeFile(join(folder, 'manifest.json'), 'null'), /^manifest.json: /],
  'a manifest of another': [
    async (folder) => {
      const text = await readFile(join(folder, 'manifest.json'), 'utf8');
      await writeFile(join(folder, 'manifest.json'), text.replace(/sha256:\w{4}/, 'sha256:0000'));
    },
    /^manifest.json is another object's$/,
  ],
};

test.each(Object.entries(damages))('verify tells of %s', async (_what, [damage, told]) => {
  const digest = await build('first');
  expect(await verify()).toEqual([{ names: ['debian'], digest, checkedBytes: 5, problems: [] }]);
  await imaged.damage(digest, damage);
  const found = [{ names: ['debian'], digest, problems: [expect.stringMatching(told)] }];
  expect(await verify()).toMatchObject(found);
  expect(await verify('debian')).toMatchObject(found);
  expect(await verify(digest)).toMatchObject(found);
});

test('verify looks at what it was asked for only, and knows what is not there', async () => {
  const first = await build('first');
  await tag('debian', 'old');
  await build('second');
  expect(await verify('old')).toMatchObject([{ digest: first }]);
  expect(await verify(first, 'old')).toHaveLength(1);
  await expect(verify('nothing')).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
  await expect(verify('No Name')).rejects.toMatchObject({ fields: [{ field: 'images[0]' }] });
});

test('a damaged image is given to nobody, and is removed by a prune but for who holds it', async () => {
  const digest = await build('first');
  await buildKernel();
  await hold('vm', 'debian');
  await truncate(join(objectFolder(digest), 'rootfs.ext4'), 1);
  const damaged = { kind: 'wrong-state', reason: 'IMAGE_DAMAGED', message: expect.stringContaining('has 1 bytes') };
  await expect(hold('other', 'debian')).rejects.toMatchObject(damaged);
  expect(await prune({ all: true })).toEqual([]);
  await imaged.client.releaseLease({ holder: 'vm' });
  expect(await prune()).toMatchObject([{ reason: PruneReason.DAMAGED, what: objectFolder(digest), digest }]);
  await expect(imaged.client.getImage({ image: 'debian' })).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
});

test('prune removes what nobody needs, tells how large it was, and only tells in a dry run', async () => {
  const held = await build('first');
  await buildKernel();
  await hold('vm', 'debian');
  const unused = await build('second');
  await mkdir(join(store, 'objects', 'lost+found'));
  await writeFile(join(store, 'objects', 'lost+found', 'file'), Buffer.alloc(8192, 1));
  const all = [
    { reason: PruneReason.DAMAGED, what: join(store, 'objects', 'lost+found'), digest: 'lost+found' },
    { reason: PruneReason.UNUSED, what: 'debian', digest: unused },
  ];
  const dry = await prune({ all: true, dryRun: true });
  expect(dry).toMatchObject(all);
  for (const { bytes } of dry) expect(bytes).toBeGreaterThanOrEqual(4096);
  expect(await names()).toEqual(['debian', '']);
  expect(await prune({ dryRun: true })).toMatchObject(all.slice(0, 1));
  expect(await prune({ all: true })).toEqual(dry);
  expect((await imaged.client.listImages({})).images).toMatchObject([{ digest: held, names: [] }]);
  expect(await prune({ all: true })).toEqual([]);
  expect((await imaged.client.listKernels({})).kernels).toHaveLength(1);
});

test('what steps of builds have left counts, and goes with a prune', async () => {
  const key = 'a'.repeat(64);
  await writeFile(join(store, 'cache', key), Buffer.alloc(20_000, 1));
  const { builds } = await imaged.client.getStoreUsage({});
  expect(builds).toMatchObject({ count: 1 });
  expect(builds?.bytes).toBeGreaterThanOrEqual(20_000);
  expect(await pruneAll()).toMatchObject([{ reason: PruneReason.CACHE, digest: `sha256:${key}` }]);
  expect(await readdir(join(store, 'cache'))).toEqual([]);
});

test('the usage of the store is that of its files', async () => {
  const digest = await build('x'.repeat(100_000));
  await pruneAll();
  await writeFile(join(store, 'building', 'leftover'), Buffer.alloc(20_000, 1));
  const { images, kernels, damaged, builds, freeBytes } = await imaged.client.getStoreUsage({});
  const blocks = (await stat(join(objectFolder(digest), 'rootfs.ext4'))).blocks;
  expect(images?.count).toBe(1);
  expect(images?.bytes).toBeGreaterThanOrEqual(blocks * 512);
  expect([kernels, damaged]).toEqual([
    { count: 0, bytes: 0 },
    { count: 0, bytes: 0 },
  ]);
  expect(builds?.count).toBe(1);
  expect(builds?.bytes).toBeGreaterThanOrEqual(20_000);
  expect(freeBytes).toBeGreaterThan(0);
});

test('after the catalogue is lost no object is garbage, for VMs may need it that have yet to say so', async () => {
  const first = await build('first');
  await buildKernel();
  await hold('vm', 'debian');
  const second = await build('second');
  await imaged.stop();
  for (const suffix of ['', '-wal', '-shm']) await rm(join(store, `imaged.db${suffix}`), { force: true });
  await imaged.start();
  expect(await names()).toEqual(['debian', `debian-${first.slice(7, 19)}`]);
  await hold('other', second);
  await build('third');
  await hold('vm', first);
  expect((await imaged.client.getImage({ image: first })).image?.holders).toEqual(['vm']);
});

test('files that are being read outlive their image, and nobody waits for who reads', async () => {
  const digest = await build('first');
  await buildKernel();
  const opened = await imaged.library.openFiles(await imaged.library.image(digest));
  await hold('vm', 'debian');
  await tag('debian', 'web');
  await imaged.client.releaseLease({ holder: 'vm' });
  await imaged.client.deleteImage({ image: digest });
  expect(await readdir(join(store, 'objects'))).toHaveLength(1);
  const never = new AbortController().signal;
  const pieces: Uint8Array[] = [];
  for await (const piece of opened?.files[0]?.read(never) ?? []) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe('first');
  await opened?.close();
});
