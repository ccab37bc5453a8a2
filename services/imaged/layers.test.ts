import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';
import { maxLayers } from './domain/layers.js';

let lab: ImagedLab;

beforeEach(async () => {
  lab = await ImagedLab.open();
  await lab.buildImage();
  await lab.buildKernel();
});

afterEach(() => lab.dispose());

/** What a VM has written, as far as anybody here looks. */
async function changes(content: string): Promise<string> {
  const disk = Buffer.alloc(4096);
  disk.writeUInt16LE(0xef53, 1024 + 0x38);
  disk.write(content, 2048);
  await writeFile(lab.at('changes.ext4'), disk);
  return lab.at('changes.ext4');
}

async function addLayer(name: string, parent: string, content = name) {
  const request = { name, parent, path: await changes(content), source: 'vm web', inputDigest: '' };
  for await (const { event } of lab.client.addLayer(request)) if (event?.$case === 'image') return event.value;
  throw new Error('the stream ended without an image');
}

const holder = '0123456789abcdef';
const lease = (image: string) => lab.client.acquireLease({ holder, holderName: 'web', image, kernel: '' });
const contents = async (paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => (await readFile(path)).toString('latin1', 2048).replace(/\0+$/, '')));

test('an image on another takes over what its base says, and a lease names all files, the lowest first', async () => {
  const base = (await lab.client.getImage({ image: 'debian' })).image;
  const low = await addLayer('low', 'debian');
  const high = await addLayer('high', low.digest);
  expect(low).toMatchObject({
    name: 'low',
    parent: base?.digest,
    init: base?.init,
    defaultUser: 'root',
    sizeBytes: 4096,
  });
  expect(high).toMatchObject({ parent: low.digest, provenance: { source: 'vm web', suite: 'bookworm', packages: [] } });
  const { rootfsPath, layerPaths } = await lease('high');
  expect(await readFile(rootfsPath, 'utf8')).toBe('first');
  expect(await contents(layerPaths)).toEqual(['low', 'high']);
  expect(await lab.leftInBuilding()).toEqual([]);
});

test('the same changes on the same image are the same image; on another they are not', async () => {
  const first = await addLayer('one', 'debian', 'x');
  expect((await addLayer('one', 'debian', 'x')).digest).toBe(first.digest);
  expect((await addLayer('two', 'one', 'x')).digest).not.toBe(first.digest);
});

test('an image stays as long as another lies on it, and goes with the last', async () => {
  await addLayer('low', 'debian');
  await addLayer('high', 'low');
  await lab.client.deleteImage({ image: 'debian' });
  await lab.client.deleteImage({ image: 'low' });
  expect(await lab.names()).toEqual(['high', '', '']);
  await lease('high');
  await expect(lab.client.deleteImage({ image: 'high' })).rejects.toMatchObject({ reason: 'IMAGE_IN_USE' });
  await lab.client.releaseLease({ holder });
  await lab.client.deleteImage({ image: 'high' });
  expect(await lab.names()).toEqual([]);
});

test('a store without its catalog finds layers again', async () => {
  const { digest } = await addLayer('low', 'debian');
  await lab.stop();
  await writeFile(join(lab.store, 'imaged.db'), '');
  await lab.start();
  expect((await lab.client.getImage({ image: 'low' })).image?.digest).toBe(digest);
});

test('there is an end to layers', async () => {
  for (let at = 0; at < maxLayers; at++) await addLayer(`l${at + 1}`, at === 0 ? 'debian' : `l${at}`);
  await expect(addLayer('more', `l${maxLayers}`)).rejects.toMatchObject({ reason: 'IMAGE_TOO_DEEP' });
  expect((await lease(`l${maxLayers}`)).layerPaths).toHaveLength(maxLayers);
});

test('what is no file system, and what is not there, is refused and leaves nothing', async () => {
  const path = lab.at('text');
  const add = (what: string) => {
    const request = { name: 'new', parent: 'debian', path: what, source: '', inputDigest: '' };
    return (async () => {
      for await (const _ of lab.client.addLayer(request));
    })();
  };
  await writeFile(path, 'a'.repeat(4096));
  await mkdir(lab.at('folder'));
  await expect(add(path)).rejects.toMatchObject({ reason: 'LAYER_UNUSABLE', kind: 'invalid' });
  await expect(add(lab.at('folder'))).rejects.toMatchObject({ reason: 'LAYER_UNUSABLE' });
  await expect(add(lab.at('nothing'))).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
  expect(await lab.leftInBuilding()).toEqual([]);
  expect(await lab.names()).toEqual(['debian']);
});

test('all mistakes of a request are told at once', async () => {
  const call = lab.client.addLayer({ name: 'No', parent: '', path: 'here', source: '', inputDigest: '' });
  const read = async () => {
    for await (const _ of call);
  };
  const fields = ['name', 'parent', 'path'].map((field) => expect.objectContaining({ field }));
  await expect(read()).rejects.toMatchObject({ kind: 'invalid', fields });
});

async function verify(...images: string[]) {
  for await (const { event } of lab.client.verifyImages({ images })) {
    if (event?.$case === 'report') return event.value.objects;
  }
  throw new Error('the stream ended without a report');
}

const prune = (all = true, dryRun = false) => lab.prune({ all, dryRun });

test('what an image occupies alone, and what it shares with all that lie on the same', async () => {
  await addLayer('low', 'debian');
  await addLayer('high', 'low');
  const { images } = await lab.client.listImages({});
  const [debian, high, low] = images;
  expect(images.map(({ name }) => name)).toEqual(['debian', 'high', 'low']);
  expect(debian?.sharedBytes).toBe(0);
  expect(low?.sharedBytes).toBe(debian?.diskUsageBytes);
  expect(high?.sharedBytes).toBe((debian?.diskUsageBytes ?? 0) + (low?.diskUsageBytes ?? 0));
  const usage = await lab.client.getStoreUsage({});
  expect(usage.images?.bytes).toBe(images.reduce((sum, { diskUsageBytes }) => sum + diskUsageBytes, 0));
});

test('a verification reads what an image lies on, and an image is no better than that', async () => {
  const low = await addLayer('low', 'debian');
  const { digest } = await addLayer('high', 'low');
  expect(await verify('high')).toMatchObject([
    { names: ['debian'], problems: [] },
    { names: ['high'], checkedBytes: 4096, problems: [] },
    { names: ['low'], problems: [] },
  ]);
  await lab.damage(low.digest, (folder) => changeByte(join(folder, 'layer.ext4')));
  const [, high, found] = await verify('high');
  expect(high).toEqual({
    names: ['high'],
    digest,
    checkedBytes: 4096,
    problems: [`it lies on ${low.digest}, which is damaged`],
  });
  expect(found?.problems).toEqual([expect.stringContaining('its content has changed')]);
  await lab.damage(low.digest, (folder) => rm(folder, { recursive: true }));
  expect(await verify('high')).toMatchObject([{ problems: [`it lies on ${low.digest}, which is gone`] }]);
});

async function changeByte(path: string): Promise<void> {
  const content = await readFile(path);
  content[0] = 1;
  await writeFile(path, content);
}

test('a prune leaves what the image of a VM lies on, and takes the rest from the top', async () => {
  await addLayer('low', 'debian');
  await addLayer('high', 'low');
  await addLayer('beside', 'debian');
  await lab.client.deleteImage({ image: 'debian' });
  await lease('low');
  expect((await prune()).map(({ what }) => what)).toEqual(['beside', 'high']);
  expect(await lab.names()).toEqual(['low', '']);
  await lab.client.releaseLease({ holder });
  expect(await prune(false)).toEqual([]);
  const items = await prune();
  expect(items.map(({ what }) => what)).toEqual(['low', '']);
  expect(await lab.objectCount()).toBe(1);
  expect(await prune()).toEqual([]);
});

test('a damaged layer below the image of a VM is left in its place', async () => {
  const low = await addLayer('low', 'debian');
  await addLayer('high', 'low');
  await lease('high');
  await lab.damage(low.digest, (folder) => rm(join(folder, 'layer.ext4')));
  expect(await prune()).toEqual([]);
  await expect(lease('high')).rejects.toMatchObject({ reason: 'IMAGE_INCOMPLETE' });
  await lab.client.releaseLease({ holder });
  expect((await prune(false)).map(({ digest }) => digest)).toEqual([low.digest]);
});
