import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFile, writeFile } from '../../../lib/host/files.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { FakeHypervisor } from '../../../test/fakes/hypervisor.js';
import { KvmTrials } from './kvm-trials.js';

const kernel = { kernelDigest: 'sha256:1', kernelHasPvh: true, vmlinuxPath: '/vmlinux', initrdPath: '/initrd' };
const other = { ...kernel, kernelDigest: 'sha256:2' };
const problem = 'a fake has no KVM';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let cache: string;
let bootId: string;
let hypervisor: FakeHypervisor;

beforeEach(async () => {
  folder = await tempFolder();
  cache = `${folder.path}/kvm-trial.json`;
  bootId = `${folder.path}/boot_id`;
  await writeFile(bootId, 'first\n');
  hypervisor = new FakeHypervisor();
});

afterEach(() => folder.remove());

/** As after a start of the service: only the file remembers. */
const trials = () => new KvmTrials(cache, bootId);
const boots = () => hypervisor.faults.calls.filter((call) => call === 'tryKvm').length;
const reports = (version: string) => [
  { kind: 'qemu' as const, program: '/qemu', version, usable: { ok: true, detail: '', remedy: '' } },
];

test('a guest is booted once; the verdict outlives the service', async () => {
  expect(await trials().run(hypervisor, '1', kernel)).toEqual({ problem });
  expect(await trials().run(hypervisor, '1', kernel)).toEqual({ problem });
  expect(boots()).toBe(1);
  expect(await trials().known(reports('1'))).toEqual({ qemu: { problem } });
});

test.each<[string, () => Promise<unknown>]>([
  ['another version', () => trials().run(hypervisor, '2', kernel)],
  ['another kernel', () => trials().run(hypervisor, '1', other)],
  ['another hypervisor', () => trials().run(new FakeHypervisor(hypervisor.host, 'firecracker'), '1', kernel)],
])('%s is tried by itself, and takes nothing from what was known', async (_what, run) => {
  await trials().run(hypervisor, '1', kernel);
  await run();
  expect(JSON.parse(await readFile(cache, 'utf8')).trials).toHaveLength(2);
  await trials().run(hypervisor, '1', kernel);
  expect(JSON.parse(await readFile(cache, 'utf8')).trials).toHaveLength(2);
});

test('after a boot of the host nothing is known', async () => {
  await trials().run(hypervisor, '1', kernel);
  await writeFile(bootId, 'second\n');
  expect(await trials().known(reports('1'))).toEqual({});
  await trials().run(hypervisor, '1', kernel);
  expect(boots()).toBe(2);
  expect(JSON.parse(await readFile(cache, 'utf8'))).toMatchObject({ bootId: 'second', trials: [{ version: '1' }] });
});

test('what is known is asked for with a kernel or with any, and for the version that is there', async () => {
  await trials().run(hypervisor, '1', kernel);
  expect(await trials().known(reports('1'), kernel.kernelDigest)).toEqual({ qemu: { problem } });
  expect(await trials().known(reports('1'), other.kernelDigest)).toEqual({});
  expect(await trials().known(reports('2'))).toEqual({});
  expect(await trials().known([])).toEqual({});
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"bootId":"first"}',
  '{"bootId":"first","trials":{"qemu":{}}}',
  '{"bootId":"first","trials":[null,7,{"kind":"xen"},{"kind":"qemu","version":1,"kernelDigest":"sha256:1"}]}',
])('a damaged cache is no cache: %s', async (text) => {
  await writeFile(cache, text);
  expect(await trials().known(reports('1'))).toEqual({});
  expect(await trials().run(hypervisor, '1', kernel)).toEqual({ problem });
  expect(await trials().known(reports('1'))).toEqual({ qemu: { problem } });
});

test('several at once boot one guest; the others take its verdict', async () => {
  hypervisor.faults.turns = 5;
  const same = trials();
  const verdicts = await Promise.all([1, 2, 3].map(() => same.run(hypervisor, '1', kernel)));
  expect(verdicts).toEqual([{ problem }, { problem }, { problem }]);
  expect(boots()).toBe(1);
});

test('a trial that was broken off is no verdict, and the next in the queue makes its own', async () => {
  hypervisor.faults.hang('tryKvm');
  const same = trials();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = same.run(hypervisor, '1', kernel, first.signal);
  const two = same.run(hypervisor, '1', kernel, second.signal);
  const three = same.run(hypervisor, '1', kernel);
  second.abort(new Error('no longer wanted'));
  await expect(two).rejects.toThrow('no longer wanted');
  hypervisor.faults.heal();
  first.abort(new Error('no longer wanted either'));
  await expect(one).rejects.toThrow('no longer wanted either');
  expect(await three).toEqual({ problem });
});

test('a trial that could not be made fails for who asked, and is made by the next', async () => {
  hypervisor.faults.failOnce('tryKvm', new Error('no memory'));
  const same = trials();
  await expect(same.run(hypervisor, '1', kernel)).rejects.toThrow('no memory');
  expect(await same.run(hypervisor, '1', kernel)).toEqual({ problem });
});
