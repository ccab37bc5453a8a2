import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  ImageServiceService,
  ImportKernelResponse,
  Kernel,
  KernelEntry,
  KernelPayload,
} from '../../../gen/banger/imaged/v1/image_service.js';
import type { Handlers } from '../../../lib/rpc/contract.js';
import { banger, serveFake } from '../../../test/fakes/command-line.js';

const kernel = Kernel.fromPartial({
  name: 'mine',
  names: ['mine'],
  release: '6.12.1',
  digest: `sha256:${'0'.repeat(64)}`,
  vmlinuxBytes: 50 * 1024 * 1024,
  initrdBytes: 1024 * 1024,
  createTime: new Date(Date.now() - 200_000),
  provenance: { source: 'linux-image-6.12.1', packages: ['linux-image-6.12.1=6.12.1-1'] },
  defaultKernel: true,
  entries: [KernelEntry.PVH, KernelEntry.LINUX64],
  payload: KernelPayload.LZ4,
  modules: ['virtio', 'overlay'],
});

type ImageHandlers = Handlers<typeof ImageServiceService>;
const serveImaged = (handlers: Partial<ImageHandlers>) => serveFake('imaged', ImageServiceService, handlers);

test('an import sends absolute paths, and says what has become of it', async () => {
  const requests: unknown[] = [];
  await serveImaged({
    async *importKernel(request) {
      requests.push(request);
      yield ImportKernelResponse.fromPartial({ event: { $case: 'kernel', value: kernel } });
    },
  });
  const { code, stdout } = await banger('kernel import vmlinuz --name mine --modules ./modules');
  expect(code).toBe(0);
  expect(stdout).toContain('kernel mine is ready: 6.12.1, sha256:000');
  expect(stdout).toContain('boots in QEMU and Firecracker, by PVH or its 64-bit entry; modules: virtio, overlay');
  expect(requests).toEqual([{ file: resolve('vmlinuz'), name: 'mine', modules: resolve('modules') }]);
  await banger('kernel import /boot/vmlinuz');
  expect(requests[1]).toEqual({ file: '/boot/vmlinuz', name: '', modules: '' });
});

test('a kernel is shown with where it boots, its payload and its modules', async () => {
  const shown = { ...kernel };
  await serveImaged({ getKernel: () => ({ kernel: shown, vmlinuxPath: '', initrdPath: '', initrdFormat: 2 }) });
  const { stdout } = await banger('kernel show mine');
  for (const text of ['yes', 'bzImage, packed with lz4', 'virtio, overlay', 'linux-image-6.12.1', '50 MiB']) {
    expect(stdout).toContain(text);
  }
  shown.entries = [KernelEntry.LINUX64];
  shown.modules = [];
  const lone = (await banger('kernel show mine')).stdout;
  expect(lone).toContain('in Firecracker alone');
  expect(lone).toContain('none, all drivers are taken to be built in');
  Object.assign(shown, { entries: [], payload: KernelPayload.UNSPECIFIED });
  expect((await banger('kernel show mine')).stdout).toContain('not known: it was made by an older banger');
});

test('the default is shown, chosen, and given back', async () => {
  const requests: unknown[] = [];
  let left: Kernel | undefined = kernel;
  await serveImaged({
    getDefaultKernel: () => ({ kernel, chosen: false }),
    setDefaultKernel: (request) => {
      requests.push(request);
      return { kernel: left, chosen: request.kernel !== '' };
    },
  });
  expect((await banger('kernel default')).stdout).toBe(
    'the default kernel is mine: it was made last, and none was chosen\n',
  );
  expect((await banger('kernel default mine')).stdout).toBe('the default kernel is mine: it was chosen\n');
  left = undefined;
  expect((await banger('kernel default --newest')).stdout).toContain('there is no kernel');
  expect(requests).toEqual([{ kernel: 'mine' }, { kernel: '' }]);
  expect(await banger('kernel default mine --newest')).toMatchObject({ code: 2 });
});

test('who deletes the default is told what it is from then on', async () => {
  let defaultKernel: Kernel | undefined = kernel;
  await serveImaged({ deleteKernel: () => ({ remainingNames: ['older'], wasDefault: true, defaultKernel }) });
  const { stdout, stderr } = await banger('kernel delete old');
  expect(stdout).toBe('kernel old is deleted\n');
  expect(stderr).toContain('the kernel of old stays as older');
  expect(stderr).toContain('kernel old was the default; it is mine now, the one that was made last');
  defaultKernel = undefined;
  expect((await banger('kernel delete old')).stderr).toContain('there is none now');
});
