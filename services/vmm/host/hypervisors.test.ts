import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { FakeHypervisor, FakeHypervisorHost } from '../../../test/fakes/hypervisor.js';
import type { HypervisorReport } from '../domain/choice.js';
import { bad, good } from '../domain/finding.js';
import { HostHypervisors, type HypervisorsOptions } from './hypervisors.js';
import { KvmTrials } from './kvm-trials.js';

const kernel = { kernelDigest: 'sha256:1', kernelHasPvh: true, vmlinuxPath: '/vmlinux', initrdPath: '/initrd' };

/** One whose trial ends as a test has it. */
class Backend extends FakeHypervisor {
  usable = good('it is there');
  problem: string | undefined;

  override async inspect(): Promise<HypervisorReport> {
    return { ...(await super.inspect()), usable: this.usable };
  }

  override async tryKvm(_kernel: unknown, signal?: AbortSignal): Promise<string | undefined> {
    await this.faults.at('tryKvm', signal);
    return this.problem;
  }
}

let folder: Awaited<ReturnType<typeof tempFolder>>;
let firecracker: Backend;
let qemu: Backend;

beforeEach(async () => {
  folder = await tempFolder();
  const host = new FakeHypervisorHost();
  firecracker = new Backend(host, 'firecracker');
  qemu = new Backend(host, 'qemu');
});

afterEach(() => folder.remove());

function door(change: Partial<HypervisorsOptions> = {}): HostHypervisors {
  return new HostHypervisors({
    settings: { hypervisor: 'any', acceleration: 'auto', jail: 'auto' },
    backends: { firecracker, qemu },
    trials: new KvmTrials(`${folder.path}/kvm-trial.json`),
    kvm: async () => ({ user: 'root', hasVirtualisation: true, isPvm: false }),
    jailer: async () => good('it is locked up'),
    ...change,
  });
}

const trialsOf = ({ faults }: Backend) => faults.calls.filter((call) => call === 'tryKvm').length;

describe('choose', () => {
  test('asks no trial of QEMU for a kernel that it cannot boot', async () => {
    const choice = door().choose('start vm web', 'qemu', { ...kernel, kernelHasPvh: false });
    await expect(choice).rejects.toMatchObject({
      reason: 'HOST_NOT_READY',
      message: expect.stringMatching(/^cannot start vm web: a kernel that QEMU can boot is missing \(.*PVH/),
    });
    expect(trialsOf(qemu)).toBe(0);
  });

  test('takes firecracker when its trial boot succeeds, and tries it once', async () => {
    const chosen = { kind: 'firecracker', acceleration: 'kvm', jailed: true, version: '7.2.22' };
    expect(await door().choose('start vm web', 'any', kernel)).toMatchObject(chosen);
    expect(await door().choose('start vm web', 'any', kernel)).toMatchObject({
      ...chosen,
      reason: 'firecracker is the first choice; KVM passed a trial boot with firecracker',
    });
    expect([trialsOf(firecracker), trialsOf(qemu)]).toEqual([1, 0]);
  });

  test('falls through to qemu, which is tried too, and to emulation', async () => {
    firecracker.problem = 'it ended';
    expect(await door().choose('start vm web', 'any', kernel)).toMatchObject({ kind: 'qemu', acceleration: 'kvm' });
    qemu.problem = 'it hung';
    const chosen = await door().choose('start vm web', 'any', { ...kernel, kernelDigest: 'sha256:2' });
    expect(chosen).toMatchObject({ kind: 'qemu', acceleration: 'tcg', reason: expect.stringContaining('it hung') });
    expect([trialsOf(firecracker), trialsOf(qemu)]).toEqual([2, 2]);
  });

  test('refuses a wish for firecracker whose trial fails, with the way out', async () => {
    firecracker.problem = 'it ended';
    await expect(door().choose('start vm web', 'firecracker', kernel)).rejects.toMatchObject({
      kind: 'wrong-state',
      reason: 'HOST_NOT_READY',
      message: expect.stringMatching(
        /^cannot start vm web: a KVM that works is missing \(.*it ended.*--hypervisor qemu/,
      ),
      preconditions: [{ type: 'DEVICE', subject: 'a KVM that works' }],
    });
    expect(trialsOf(qemu)).toBe(0);
  });

  test('leaves the trial out when the configuration names an acceleration, or KVM is out of the question', async () => {
    const settings = { hypervisor: 'any', acceleration: 'kvm', jail: 'auto' } as const;
    expect(await door({ settings }).choose('start vm web', 'any', kernel)).toMatchObject({ kind: 'firecracker' });
    const kvm = async () => ({ user: 'root', hasVirtualisation: false, isPvm: false });
    expect(await door({ kvm }).choose('start vm web', 'any', kernel)).toMatchObject({ acceleration: 'tcg' });
    expect([trialsOf(firecracker), trialsOf(qemu)]).toEqual([0, 0]);
  });

  test('stops promptly when it is aborted in the midst of a trial', async () => {
    firecracker.faults.hang('tryKvm');
    const abort = new AbortController();
    const choice = door().choose('start vm web', 'any', kernel, abort.signal);
    abort.abort(new Error('no longer wanted'));
    await expect(choice).rejects.toThrow('no longer wanted');
  });
});

describe('without starting anything', () => {
  test('what is missing is told: nothing, or what every candidate lacks', async () => {
    expect(await door().missing('any')).toEqual([]);
    firecracker.usable = bad('it was not found', 'install it');
    expect(await door().missing('any')).toEqual([]);
    expect(await door().missing('firecracker')).toMatchObject([{ subject: 'a usable firecracker' }]);
    qemu.usable = bad('it was not found', 'install it');
    expect(await door().missing('any')).toMatchObject([
      { subject: 'a usable firecracker' },
      { subject: 'a usable qemu' },
    ]);
    expect([trialsOf(firecracker), trialsOf(qemu)]).toEqual([0, 0]);
  });

  test('a report has the choice, every kind, KVM and the jailer', async () => {
    expect(await door().describe()).toMatchObject({
      chosen: { kind: 'firecracker', reason: expect.stringContaining('first start') },
      reports: [{ kind: 'firecracker' }, { kind: 'qemu' }],
      kvm: { ok: true },
      jailer: { ok: true },
    });
    firecracker.problem = 'it ended';
    await door().choose('start vm web', 'any', kernel);
    expect(await door().describe()).toMatchObject({
      chosen: { kind: 'qemu' },
      kvm: { ok: false, detail: 'KVM failed a trial boot with firecracker: it ended' },
    });
    expect(trialsOf(firecracker)).toBe(1);
  });
});
