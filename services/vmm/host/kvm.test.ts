import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, writeFile } from '../../../lib/host/files.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { type KvmPlaces, kvmFacts } from './kvm.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let places: KvmPlaces;

beforeEach(async () => {
  folder = await tempFolder();
  places = {
    device: `${folder.path}/kvm`,
    cpuInfo: `${folder.path}/cpuinfo`,
    pvmModule: `${folder.path}/kvm_pvm`,
  };
  await writeFile(places.device, '');
  await writeFile(places.cpuInfo, 'processor\t: 0\nflags\t\t: fpu vme vmx sse\nvmx flags\t: vnmi\n');
});

afterEach(() => folder.remove());

test('a device that opens, and a processor with virtualisation', async () => {
  expect(await kvmFacts(places)).toEqual({
    deviceError: undefined,
    user: expect.stringMatching(/./),
    hasVirtualisation: true,
    isPvm: false,
  });
});

test('why a device does not open, as the kernel says it', async () => {
  expect(await kvmFacts({ ...places, device: `${folder.path}/none` })).toMatchObject({ deviceError: 'ENOENT' });
  await mkdir(`${folder.path}/folder`);
  expect(await kvmFacts({ ...places, device: `${folder.path}/folder` })).toMatchObject({ deviceError: 'EISDIR' });
});

test('only a flag of its own is virtualisation, and the other KVM is seen by its module', async () => {
  await writeFile(places.cpuInfo, 'flags\t\t: fpu svm_lock notvmx\nbugs\t\t: vmx\n');
  await mkdir(places.pvmModule);
  expect(await kvmFacts(places)).toMatchObject({ hasVirtualisation: false, isPvm: true });
  await writeFile(places.cpuInfo, 'flags\t\t: fpu svm\n');
  expect(await kvmFacts(places)).toMatchObject({ hasVirtualisation: true });
});

test('this host is looked at without an error', async () => {
  expect(await kvmFacts()).toMatchObject({ hasVirtualisation: expect.any(Boolean), isPvm: expect.any(Boolean) });
});
