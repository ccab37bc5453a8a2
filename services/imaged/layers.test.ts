import { mkdir, readFile, writeFile } from 'node:fs/promises';
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
