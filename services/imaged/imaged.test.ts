import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type BuildImageResponse, ImageInit } from '../../gen/banger/imaged/v1/image_service.js';
import { BangerError, commonReasons, hostNotReady } from '../../lib/errors.js';
import { silentLog } from '../../lib/log.js';
import type { FakeBuildHost } from '../../test/fakes/image-build.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';
import { ObjectStore } from './host/object-store.js';

let lab: ImagedLab;
let store: string;
let host: FakeBuildHost;
let client: ImagedLab['client'];

beforeEach(async () => {
  lab = await ImagedLab.open();
  ({ store, host, client } = lab);
});

afterEach(() => lab.dispose());

/** Stops the service, and starts it again when `meanwhile` is done. */
async function restart(meanwhile: () => Promise<unknown> = async () => undefined): Promise<void> {
  await lab.stop();
  await meanwhile();
  await lab.start();
  client = lab.client;
}

const buildImage: ImagedLab['buildImage'] = (options) => lab.buildImage(options);
const buildKernel: ImagedLab['buildKernel'] = (options) => lab.buildKernel(options);
const names = () => lab.names();
const leftInBuilding = () => lab.leftInBuilding();
const objectCount = () => lab.objectCount();

test('a build says its steps and gives an image that can be read by everybody and changed by nobody', async () => {
  const { image, steps } = await buildImage();
  expect(steps).toEqual(['look at the archive', 'install packages', 'make the file system', 'store the image']);
  expect(image).toMatchObject({
    name: 'debian',
    sizeBytes: 5,
    init: ImageInit.SYSTEM,
    defaultUser: 'root',
    provenance: { source: 'debian', suite: 'bookworm', packages: ['bash=5'] },
    holders: [],
  });
  const path = join(store, 'objects', image.digest.slice('sha256:'.length), 'rootfs.ext4');
  expect(await readFile(path, 'utf8')).toBe('first');
  expect((await stat(path)).mode & 0o777).toBe(0o444);
  expect(await client.getImage({ image: 'debian' })).toEqual({ image, path });
  expect(await client.getImage({ image: image.digest })).toEqual({ image, path });
  expect(await leftInBuilding()).toEqual([]);
});

test('a build is only repeated when its inputs have changed, or when it must', async () => {
  const { image } = await buildImage();
  expect((await buildImage()).image).toEqual(image);
  expect(host.installGate.visits).toBe(1);
  host.stateDigest = 'lists of tuesday';
  await buildImage();
  await buildImage({ rebuild: true });
  expect(host.installGate.visits).toBe(3);
  // It gave the same bytes each time, so that there is one object, which knows its latest inputs.
  await buildImage();
  expect(host.installGate.visits).toBe(3);
  expect(await objectCount()).toBe(1);
});

test('callers who want the same build share it', async () => {
  const gate = host.installGate.close();
  const both = [buildImage(), buildImage()];
  await gate.reached;
  gate.open();
  const [first, second] = await Promise.all(both);
  expect(second?.image).toEqual(first?.image);
  expect(host.installGate.visits).toBe(1);
});

test('a build goes on while somebody waits for it, and ends with the last who leaves', async () => {
  const gate = host.installGate.close();
  const leaving = new AbortController();
  const leaver = buildImage({ signal: leaving.signal });
  const stayer = buildImage();
  await gate.reached;
  leaving.abort(new Error('gone'));
  await expect(leaver).rejects.toThrow('gone');
  gate.open();
  expect((await stayer).image.name).toBe('debian');
});

test('a cancelled build leaves nothing, and the next one starts afresh', async () => {
  const gate = host.installGate.close();
  const leaving = new AbortController();
  const cancelled = buildImage({ signal: leaving.signal });

  await gate.reached;
  leaving.abort(new Error('enough'));
  await expect(cancelled).rejects.toThrow('enough');
  gate.open();
  // Even if its last step was just done, and is kept: this one begins at the beginning.
  await buildImage({ rebuild: true });
  expect(host.installGate.visits).toBe(2);
  expect(await leftInBuilding()).toEqual([]);
});

test('a changed step is repeated with all that follow it, and what comes before is taken from the cache', async () => {
  host.scripts = { 'run a': 'a', 'run b': 'b' };
  await buildImage();
  expect(host.stepsTaken.splice(0)).toEqual(['run a', 'run b']);
  host.scripts['run b'] = 'another b';
  const { steps } = await buildImage();
  expect(steps).toEqual(['look at the archive', 'run a', 'run b', 'make the file system', 'store the image']);
  expect(host.stepsTaken.splice(0)).toEqual(['run b']);
  expect(host.lastTree).toBe('a tree, run a, run b');
  await buildImage({ rebuild: true });
  expect(host.stepsTaken.splice(0)).toEqual(['run a', 'run b']);
  expect(host.installGate.visits).toBe(2);
});

test('a script that fails ends the build, and the next one goes on where it failed', async () => {
  host.scripts = { 'run a': 'a', 'run b': 'b' };
  host.scriptGate.failure = new BangerError('internal', commonReasons.COMMAND_FAILED, 'the script failed: no');
  await expect(buildImage()).rejects.toMatchObject({
    reason: 'BUILD_FAILED',
    message: expect.stringContaining('the step "run a" failed: the script failed: no'),
  });
  expect(await leftInBuilding()).toEqual([]);
  host.scriptGate.failure = undefined;
  await buildImage();
  expect(host.installGate.visits).toBe(1);
});

test('what is damaged in the cache is made again', async () => {
  host.scripts = { 'run a': 'a' };
  await buildImage();
  const cache = join(store, 'cache');
  for (const name of await readdir(cache)) await writeFile(join(cache, name), 'damaged');
  host.scripts = { 'run a': 'another a' };
  await buildImage();
  expect(host.installGate.visits).toBe(2);
  expect(host.lastTree).toBe('a tree, run a');
});

const failures = {
  'a program that fails': {
    error: new BangerError('internal', commonReasons.COMMAND_FAILED, 'mmdebstrap failed with exit code 25: no route'),
    expected: {
      kind: 'wrong-state',
      reason: 'BUILD_FAILED',
      message: expect.stringMatching(/install packages.*no route/),
    },
  },
  'a full disk': {
    error: new BangerError('internal', commonReasons.COMMAND_FAILED, 'tar failed: No space left on device'),
    expected: { kind: 'exhausted', reason: 'STORAGE_UNWRITABLE', message: expect.stringContaining('store_dir') },
  },
  'a full disk under our own writes': {
    error: Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' }),
    expected: { kind: 'exhausted', reason: 'STORAGE_UNWRITABLE' },
  },
};

test.each(Object.entries(failures))('%s ends the build with its reason and no residue', async (_what, failure) => {
  host.installGate.failure = failure.error;
  await expect(buildImage()).rejects.toMatchObject(failure.expected);
  expect(await leftInBuilding()).toEqual([]);
  expect(await objectCount()).toBe(0);
  expect(await names()).toEqual([]);
});

test('what the host lacks is told before anything is done', async () => {
  const preconditions = [
    { type: 'TOOL', subject: 'mmdebstrap', description: 'apt install mmdebstrap' },
    { type: 'SPACE', subject: '1024 MiB', description: '5 MiB are free' },
  ] as const;
  host.notReady = hostNotReady('build the image', preconditions);
  await expect(buildImage()).rejects.toMatchObject({ reason: 'HOST_NOT_READY', preconditions });
  expect(host.installGate.visits).toBe(0);
});

test('what has been built of the same inputs is the answer, whatever the host lacks by now', async () => {
  const { image } = await buildImage();
  const kernel = await buildKernel();
  host.notReady = hostNotReady('build', [{ type: 'SPACE', subject: '1024 MiB', description: '5 MiB are free' }]);
  const refusal = { reason: 'HOST_NOT_READY' };
  expect((await buildImage()).image).toEqual(image);
  expect(await buildKernel()).toEqual(kernel);
  await expect(buildImage({ rebuild: true })).rejects.toMatchObject(refusal);
  await expect(buildKernel({ rebuild: true })).rejects.toMatchObject(refusal);
  host.stateDigest = 'lists of tuesday';
  host.kernelVersion = '6.1.0-2';
  await expect(buildImage()).rejects.toMatchObject(refusal);
  await expect(buildKernel()).rejects.toMatchObject(refusal);
  expect(host.installGate.visits).toBe(1);
  expect(host.downloadGate.visits).toBe(1);
});

test('when the inputs cannot be found, what the host lacks is told first', async () => {
  await buildKernel();
  host.hasKernel = false;
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'KERNEL_PACKAGE_NOT_FOUND' });
  host.notReady = hostNotReady('build', [{ type: 'TOOL', subject: 'dpkg-deb', description: 'apt install dpkg' }]);
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'HOST_NOT_READY' });
});

test('unknown things are named, with what there is and what to do', async () => {
  const collect = async (stream: AsyncIterable<BuildImageResponse>) => {
    for await (const _ of stream);
  };
  await expect(collect(client.buildImage({ recipe: 'plan9', rebuild: false }))).rejects.toMatchObject({
    reason: 'RECIPE_NOT_FOUND',
    message: expect.stringContaining('banger has debian'),
  });
  await expect(client.getImage({ image: 'plan9' })).rejects.toMatchObject({
    reason: 'IMAGE_NOT_FOUND',
    message: expect.stringMatching(/no image has been built yet.*banger image build debian/),
  });
  await buildImage();
  await expect(client.getImage({ image: 'plan9' })).rejects.toMatchObject({
    message: expect.stringContaining('images: debian'),
  });
  await expect(client.getKernel({ kernel: 'plan9' })).rejects.toMatchObject({
    reason: 'KERNEL_NOT_FOUND',
    message: expect.stringContaining('banger kernel build'),
  });
  host.hasKernel = false;
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'KERNEL_PACKAGE_NOT_FOUND' });
});

test('all mistakes of a request are told at once', async () => {
  await expect(client.acquireLease({ holder: '/', holderName: 'W', image: '', kernel: 'No' })).rejects.toMatchObject({
    reason: 'INVALID_REQUEST',
    fields: [{ field: 'holder' }, { field: 'image' }, { field: 'kernel' }, { field: 'holder_name' }],
  });
});

const holder = '00000000000000aa';
const holderName = 'web';

test('a lease names the files, keeps the objects, and is let go of', async () => {
  const { image } = await buildImage();
  const kernel = await buildKernel();
  const lease = await client.acquireLease({ holder, holderName, image: 'debian', kernel: '' });
  expect(lease).toMatchObject({
    image: { digest: image.digest, holders: [holder] },
    kernel: { digest: kernel.digest },
  });
  expect(await readFile(lease.rootfsPath, 'utf8')).toBe('first');
  expect(await readFile(lease.vmlinuxPath, 'latin1')).toContain('Linux version 6.1.0-1-cloud-amd64');
  expect(await readFile(lease.initrdPath, 'utf8')).toBe('overlay');
  await expect(client.deleteImage({ image: 'debian' })).rejects.toMatchObject({
    kind: 'wrong-state',
    reason: 'IMAGE_IN_USE',
    message: 'cannot delete image debian: VM web holds it; delete what holds it first, with --purge',
    metadata: { image: 'debian', holders: holder, holderNames: holderName },
  });
  await expect(client.deleteKernel({ kernel: kernel.name })).rejects.toMatchObject({
    reason: 'KERNEL_IN_USE',
    message: expect.stringContaining('VM web holds it'),
  });
  await client.releaseLease({ holder });
  await client.releaseLease({ holder });
  await client.deleteImage({ image: 'debian' });
  await client.deleteKernel({ kernel: kernel.digest });
  expect(await objectCount()).toBe(0);
  expect(await leftInBuilding()).toEqual([]);
});

test('a repeated lease gives what is held, though the name has moved; the old image goes with its last holder', async () => {
  const { image: old } = await buildImage();
  await buildKernel();
  const request = { holder, holderName, image: 'debian', kernel: '' };
  await client.acquireLease(request);
  host.content = 'second';
  const { image: current } = await buildImage({ rebuild: true });
  expect(current.digest).not.toBe(old.digest);
  expect((await client.acquireLease(request)).image?.digest).toBe(old.digest);
  expect(await names()).toEqual(['debian', '']);
  expect((await client.acquireLease({ ...request, image: current.digest })).image?.digest).toBe(current.digest);
  expect(await names()).toEqual(['debian']);
  expect(existsSync(join(store, 'objects', old.digest.slice('sha256:'.length)))).toBe(false);
});

test('a holder goes by its uid until its name is told, which a repeat may do', async () => {
  await buildImage();
  await buildKernel();
  const others = { holder: '00000000000000bb', holderName: 'db', image: 'debian', kernel: '' };
  await client.acquireLease(others);
  await client.acquireLease({ ...others, holder, holderName: '' });
  const refusal = (who: string) => ({ reason: 'IMAGE_IN_USE', message: expect.stringContaining(`VMs ${who} hold it`) });
  await expect(client.deleteImage({ image: 'debian' })).rejects.toMatchObject(refusal(`${holder}, db`));
  await client.acquireLease({ ...others, holder, holderName });
  await expect(client.deleteImage({ image: 'debian' })).rejects.toMatchObject(refusal('web, db'));
});

test('a build whose result nobody holds takes the place of the former one', async () => {
  await buildImage();
  host.content = 'second';
  await buildImage({ rebuild: true });
  expect(await objectCount()).toBe(1);
});

test('the default kernel is the one that was built last', async () => {
  const first = await buildKernel();
  expect(first).toMatchObject({ name: '6.1.0-1-cloud-amd64', defaultKernel: true });
  host.kernelVersion = '6.1.0-2';
  await buildKernel();
  const { kernels } = await client.listKernels({});
  expect(kernels.map(({ name, defaultKernel }) => [name, defaultKernel])).toEqual([
    ['6.1.0-1-cloud-amd64', false],
    ['6.1.0-2-cloud-amd64', true],
  ]);
  await client.deleteKernel({ kernel: '6.1.0-2-cloud-amd64' });
  expect((await client.getKernel({ kernel: first.name })).kernel?.defaultKernel).toBe(true);
});

test('a version that the archive has dropped is no end: the lists are fetched anew, by whoever may', async () => {
  host.archiveVersion = '6.1.0-2';
  host.mayRefresh = false;
  await expect(buildKernel()).rejects.toMatchObject({ reason: 'BUILD_FAILED' });
  host.mayRefresh = true;
  expect(await buildKernel()).toMatchObject({
    name: '6.1.0-2-cloud-amd64',
    provenance: { packages: ['linux-image-6.1.0-2-cloud-amd64=6.1.0-2'] },
  });
  expect(await leftInBuilding()).toEqual([]);
});

test('a restart keeps everything, and clears what an interrupted build has left', async () => {
  const { image } = await buildImage();
  await buildKernel();
  await client.acquireLease({ holder, holderName, image: 'debian', kernel: '' });
  await restart(async () => {
    await mkdir(join(store, 'building', 'interrupted', 'tree'), { recursive: true });
    await writeFile(join(store, 'building', 'interrupted', 'tree', 'file'), '');
  });
  expect(await leftInBuilding()).toEqual([]);
  expect((await client.getImage({ image: 'debian' })).image).toMatchObject({ digest: image.digest, holders: [holder] });
});

test('what was deleted stays deleted over a restart, though a VM holds an older build of the name', async () => {
  await buildImage();
  await buildKernel();
  await client.acquireLease({ holder, holderName, image: 'debian', kernel: '' });
  host.content = 'second';
  await buildImage({ rebuild: true });
  await client.deleteImage({ image: 'debian' });
  await restart();
  expect(await names()).toEqual(['']);
  await expect(client.getImage({ image: 'debian' })).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND' });
});

test('a store without its catalog finds its names again', async () => {
  const { image } = await buildImage();
  const kernel = await buildKernel();
  await restart(async () => {
    for (const suffix of ['', '-wal', '-shm']) await rm(join(store, `imaged.db${suffix}`), { force: true });
  });
  expect((await client.getImage({ image: 'debian' })).image?.digest).toBe(image.digest);
  expect((await client.getKernel({ kernel: kernel.name })).kernel?.digest).toBe(kernel.digest);
});

const damages = {
  'a file that is gone': (folder: string) => rm(join(folder, 'rootfs.ext4')),
  'a file that was cut off': (folder: string) => writeFile(join(folder, 'rootfs.ext4'), 'fir'),
  'a manifest that is no JSON': (folder: string) => writeFile(join(folder, 'manifest.json'), '{"kind":'),
};

test.each(Object.entries(damages))('%s: the object counts as damaged, and is built again', async (_what, damage) => {
  const { image } = await buildImage();
  await damage(join(store, 'objects', image.digest.slice('sha256:'.length)));
  await expect(client.getImage({ image: 'debian' })).rejects.toMatchObject({ reason: 'IMAGE_DAMAGED' });
  expect((await buildImage()).image.digest).toBe(image.digest);
  expect(await names()).toEqual(['debian']);
});

test('a store is opened by one imaged at a time', async () => {
  await expect(ObjectStore.open(store, silentLog)).rejects.toMatchObject({ reason: 'STORE_IN_USE' });
});
