import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ImageInit, ImportKind } from '../../gen/banger/imaged/v1/image_service.js';
import type { FakeContainers } from '../../test/fakes/container-images.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';

/** Imports over the service's socket, with a real store and a real catalog; only the tools are made up. */

let lab: ImagedLab;
let containers: FakeContainers;

beforeEach(async () => {
  lab = await ImagedLab.open();
  containers = lab.containers;
});

afterEach(() => lab.dispose());

async function importImage(source: string, name = 'app', kind = ImportKind.UNSPECIFIED) {
  const steps = new Set<string>();
  for await (const { event } of lab.client.importImage({ source, name, kind })) {
    if (event?.$case === 'image') return { image: event.value, steps: [...steps] };
    if (event) steps.add(event.value.step);
  }
  throw new Error('the stream ended without an image');
}

test('a folder with an OCI layout becomes an image under the name that was asked for', async () => {
  containers.seen.set('/srv/app', { type: 'folder', names: ['blobs', 'index.json', 'oci-layout'] });
  const { image, steps } = await importImage('/srv/app');
  expect(image).toMatchObject({ name: 'app', init: ImageInit.LIGHT, provenance: { source: '/srv/app', packages: [] } });
  expect(containers.copied).toEqual([{ kind: 'layout', path: '/srv/app', tag: '' }]);
  expect(steps[0]).toBe('look at the container image');
  expect(steps.at(-1)).toBe('store the image');
});

test('an archive is told by what it holds, and a reference by its scheme', async () => {
  containers.seen.set('/a.tar', { type: 'file', members: ['manifest.json', 'index.json'] });
  containers.seen.set('/b.tar', { type: 'file', members: ['blobs', 'index.json', 'oci-layout'] });
  await importImage('/a.tar');
  containers.content = 'second';
  await importImage('/b.tar');
  containers.content = 'third';
  await importImage('docker://registry.example/app:1');
  expect(containers.copied).toMatchObject([{ format: 'docker' }, { format: 'oci' }, { kind: 'registry' }]);
});

test('what has not changed is not imported again; under another name it is', async () => {
  const first = await importImage('docker://app', 'one');
  expect((await importImage('docker://app', 'one')).image).toEqual(first.image);
  expect(containers.copied).toHaveLength(1);
  containers.content = 'second';
  expect((await importImage('docker://app', 'one')).image.digest).not.toBe(first.image.digest);
  await importImage('docker://app', 'two');
  expect(containers.copied).toHaveLength(3);
});

test('what is not there, and what is no image, are told apart', async () => {
  containers.seen.set('/etc/passwd', { type: 'file', members: [] });
  await expect(importImage('/nowhere')).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_NOT_FOUND' });
  await expect(importImage('oci:/nowhere:tag')).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_NOT_FOUND' });
  await expect(importImage('/etc/passwd')).rejects.toMatchObject({ reason: 'IMPORT_SOURCE_UNKNOWN' });
});

test('all that is wrong with a request is told at once', async () => {
  await expect(importImage('layout', 'App!', ImportKind.REGISTRY)).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    fields: [{ field: 'name' }],
  });
  await expect(importImage('layout', 'App!')).rejects.toMatchObject({
    fields: [{ field: 'source' }, { field: 'name' }],
  });
});

test('a source is only taken for what it was said to be', async () => {
  containers.seen.set('/a.tar', { type: 'file', members: ['manifest.json'] });
  await expect(importImage('/a.tar', 'app', ImportKind.LAYOUT)).rejects.toMatchObject({
    reason: 'IMPORT_SOURCE_UNKNOWN',
    message: expect.stringContaining('no layout'),
  });
  await importImage('/a.tar', 'app', ImportKind.ARCHIVE);
});
