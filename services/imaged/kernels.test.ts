import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KernelEntry, KernelPayload } from '../../gen/banger/imaged/v1/image_service.js';
import { ImagedLab } from '../../test/fakes/imaged-lab.js';
import { makeVmlinux } from '../../test/fakes/kernel-package.js';

/** Kernels as objects, over the socket: import, default and removal. */

let lab: ImagedLab;

beforeEach(async () => {
  lab = await ImagedLab.open();
  for (const release of ['6.12.1', '6.12.2+', '7.0.0']) {
    lab.host.files.set(`/boot/${release}`, { vmlinux: makeVmlinux({ release }), payload: 'zstd', release });
  }
});

afterEach(() => lab.dispose());

async function importKernel(file: string, { name = '', modules = '' } = {}) {
  for await (const { event } of lab.client.importKernel({ file, name, modules })) {
    if (event?.$case === 'kernel') return event.value;
  }
  throw new Error('the stream ended without a kernel');
}

const names = async () => (await lab.client.listKernels({})).kernels.map(({ name }) => name);
const defaults = async () =>
  (await lab.client.listKernels({})).kernels.filter(({ defaultKernel }) => defaultKernel).map(({ name }) => name);

test('an import says its steps and tells what the kernel is', async () => {
  const steps: string[] = [];
  for await (const { event } of lab.client.importKernel({ file: '/boot/6.12.1', name: '', modules: '/modules' })) {
    if (event?.$case === 'progress' && steps.at(-1) !== event.value.step) steps.push(event.value.step);
  }
  expect(steps).toEqual(['unpack the kernel', 'find its modules', 'make the initrd', 'store the kernel']);
  expect((await lab.client.getKernel({ kernel: '6.12.1' })).kernel).toMatchObject({
    name: '6.12.1',
    release: '6.12.1',
    entries: [KernelEntry.PVH, KernelEntry.LINUX64],
    payload: KernelPayload.ZSTD,
    modules: ['overlay'],
    provenance: { source: '6.12.1', packages: [] },
  });
  expect(await lab.leftInBuilding()).toEqual([]);
});

test('the same files give the same kernel, under the name that is asked for', async () => {
  const first = await importKernel('/boot/6.12.1', { name: 'mine' });
  expect(first).toMatchObject({ name: 'mine', modules: [], defaultKernel: true });
  expect((await importKernel('/boot/6.12.1', { name: 'mine' })).digest).toBe(first.digest);
  expect((await importKernel('/boot/6.12.1', { modules: '/modules' })).digest).not.toBe(first.digest);
  expect(await names()).toEqual(['6.12.1', 'mine']);
  expect((await importKernel('/boot/6.12.2+')).name).toBe('6.12.2');
  expect((await importKernel('/boot/6.12.1', { name: 'too' })).names).toEqual(['mine', 'too']);
  expect(await lab.client.deleteKernel({ kernel: 'mine' })).toMatchObject({ remainingNames: ['too'] });
});

test('a package tells its name and version, and brings its modules', async () => {
  const from = { package: { name: 'linux-image-7.0.0', version: '7.0.0-1' }, modules: '/modules' };
  lab.host.files.set('/tmp/linux.deb', { vmlinux: makeVmlinux(), payload: 'xz', release: '7.0.0', ...from });
  expect(await importKernel('/tmp/linux.deb')).toMatchObject({
    provenance: { source: 'linux-image-7.0.0', packages: ['linux-image-7.0.0=7.0.0-1'] },
    modules: ['overlay'],
  });
});

test('what cannot be imported is refused with the reason, and nothing is left', async () => {
  const unpacked = { payload: 'none', release: '6.12.1' } as const;
  const arm = makeVmlinux();
  arm.set([183, 0], 0x12);
  lab.host.files.set('/arm', { ...unpacked, vmlinux: arm });
  lab.host.files.set('/bomb', 'it unpacks to more than it may');
  lab.host.files.set('/unknown', { ...unpacked, vmlinux: makeVmlinux({ release: '' }), release: '' });
  const refusals = {
    '/none': { kind: 'invalid', reason: 'KERNEL_FILE_UNUSABLE', message: expect.stringContaining('no such file') },
    '/arm': { kind: 'unsupported', reason: 'KERNEL_UNBOOTABLE', message: expect.stringMatching(/64-bit ARM.*PVH=y/) },
    '/bomb': {
      kind: 'unsupported',
      reason: 'KERNEL_UNREADABLE',
      message: expect.stringContaining('/bomb: it unpacks'),
    },
    '/unknown': { reason: 'KERNEL_UNREADABLE', message: expect.stringContaining('which Linux') },
  };
  for (const [file, refusal] of Object.entries(refusals)) {
    await expect(importKernel(file)).rejects.toMatchObject(refusal);
  }
  const modules = { reason: 'KERNEL_MODULES_UNUSABLE', message: expect.stringMatching(/in \/empty.*holds no modules/) };
  await expect(importKernel('/boot/6.12.1', { modules: '/empty' })).rejects.toMatchObject(modules);
  const allWrong = { fields: [{ field: 'file' }, { field: 'name' }, { field: 'modules' }] };
  await expect(importKernel('vmlinuz', { name: 'No', modules: 'x' })).rejects.toMatchObject(allWrong);
  expect(await lab.leftInBuilding()).toEqual([]);
  expect(await names()).toEqual([]);
});

test('a package of the distribution without modules, or that cannot boot, is refused too', async () => {
  const built = { vmlinux: makeVmlinux(), payload: 'lz4', release: '6.1.0-1-cloud-amd64' } as const;
  lab.host.package = built;
  await expect(lab.buildKernel()).rejects.toMatchObject({ message: expect.stringContaining('no modules of 6.1.0-1') });
  lab.host.package = { ...built, vmlinux: Buffer.from('text'), modules: '/modules' };
  await expect(lab.buildKernel()).rejects.toMatchObject({ reason: 'KERNEL_UNBOOTABLE' });
});

test('the default is the kernel that was made last, until one is chosen; the choice lasts', async () => {
  await expect(lab.client.getDefaultKernel({})).rejects.toMatchObject({ reason: 'KERNEL_NOT_FOUND' });
  await importKernel('/boot/6.12.1');
  await importKernel('/boot/7.0.0');
  expect(await lab.client.getDefaultKernel({})).toMatchObject({ kernel: { name: '7.0.0' }, chosen: false });
  const chosen = { kernel: { name: '6.12.1', defaultKernel: true }, chosen: true };
  expect(await lab.client.setDefaultKernel({ kernel: '6.12.1' })).toMatchObject(chosen);
  await lab.stop();
  await lab.start();
  expect(await lab.client.getDefaultKernel({})).toMatchObject(chosen);
  await importKernel('/boot/6.12.2+');
  expect(await defaults()).toEqual(['6.12.1']);
  expect(await lab.client.setDefaultKernel({ kernel: '' })).toMatchObject({
    kernel: { name: '6.12.2' },
    chosen: false,
  });
  await expect(lab.client.setDefaultKernel({ kernel: 'none' })).rejects.toMatchObject({ reason: 'KERNEL_NOT_FOUND' });
});

test('the choice follows its name to a newer build', async () => {
  await importKernel('/boot/6.12.1', { name: 'stable' });
  await importKernel('/boot/7.0.0');
  await lab.client.setDefaultKernel({ kernel: 'stable' });
  const newer = await importKernel('/boot/6.12.2+', { name: 'stable' });
  expect(await lab.client.getDefaultKernel({})).toMatchObject({ kernel: { digest: newer.digest }, chosen: true });
});

test('a deleted default gives way to the kernel that was made last, and the answer says so', async () => {
  await importKernel('/boot/6.12.1');
  const newest = await importKernel('/boot/7.0.0');
  const other = await lab.client.setDefaultKernel({ kernel: '6.12.1' });
  expect(await lab.client.deleteKernel({ kernel: other.kernel?.digest ?? '' })).toMatchObject({
    wasDefault: true,
    defaultKernel: { digest: newest.digest },
  });
  // A new kernel of the former name is not the default for that.
  await importKernel('/boot/7.0.0');
  await importKernel('/boot/6.12.1');
  await importKernel('/boot/6.12.2+');
  expect(await lab.client.getDefaultKernel({})).toMatchObject({ kernel: { name: '6.12.2' }, chosen: false });
  expect(await lab.client.deleteKernel({ kernel: '6.12.1' })).toMatchObject({
    wasDefault: false,
    defaultKernel: undefined,
  });
  await lab.client.deleteKernel({ kernel: '7.0.0' });
  expect(await lab.client.deleteKernel({ kernel: '6.12.2' })).toMatchObject({
    wasDefault: true,
    defaultKernel: undefined,
  });
});

test('an object from before kernels told what they are is listed, and says that it is not known', async () => {
  const { digest } = await importKernel('/boot/6.12.1');
  const path = join(lab.store, 'objects', digest.slice('sha256:'.length), 'manifest.json');
  const { traits: _, ...former } = JSON.parse(await readFile(path, 'utf8'));
  await lab.stop();
  await rm(path);
  await writeFile(path, JSON.stringify(former));
  await lab.start();
  expect((await lab.client.getKernel({ kernel: '6.12.1' })).kernel).toMatchObject({
    digest,
    entries: [],
    payload: KernelPayload.UNSPECIFIED,
    modules: [],
  });
});
