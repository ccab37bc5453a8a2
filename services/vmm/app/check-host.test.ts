import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { expectHelpful } from '../../../test/contracts/host-check.js';
import { toolLack, toolLackFor } from '../../../test/fakes/findings.js';
import { creation, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { SpecChange } from '../domain/spec.js';
import { hostCheck } from './check-host.js';
import { createVm } from './create-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});
afterEach(async () => {
  await world.vmm.stop();
  world.database.close();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const update = (change: SpecChange) => updateVm(world.vmm, { name: 'web', change, violations: [] });
const stop = () => stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
const found = () => world.store.findByName('web');

const iproute2 = toolLackFor('vm-start', 'ip', 'apt install iproute2');
const forwarding = toolLackFor('nat', 'the right to write ip_forward', 'run netd as root');
const resize2fs = toolLackFor('work-disk-resize', 'resize2fs', 'apt install e2fsprogs');
const mke2fs = toolLackFor('vm-start', 'mke2fs', 'apt install e2fsprogs');

/** Lacks nothing any more. */
function mend(): void {
  world.host.findings = [];
  world.networks.findings = [];
  world.hypervisors.lacking = [];
}

/** The host lacks something for everything. */
function lackAll(): void {
  world.host.findings = [mke2fs, resize2fs];
  world.networks.findings = [iproute2, forwarding];
  world.hypervisors.lacking = [toolLack('a usable qemu', 'apt install qemu-system-x86')];
}

/** What it was refused for, in the order of telling. */
async function refusal(attempt: Promise<unknown>): Promise<string[]> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BangerError)) throw new Error('it was not refused');
  expect(error).toMatchObject({ kind: 'wrong-state', reason: 'HOST_NOT_READY' });
  for (const { description } of error.preconditions) expect(description).not.toBe('');
  return error.preconditions.map(({ subject }) => subject);
}

describe('what a vm takes is told at once, its network’s share too, before anything is made', () => {
  const own = ['a usable qemu', 'mke2fs', 'ip'];

  test('create', async () => {
    lackAll();
    expect(await refusal(create())).toEqual(own);
    expect(await refusal(create({ spec: { nat: true } }))).toEqual([...own, forwarding.subject]);
    expect(world.store.list()).toEqual([]);
    expect(world.leftovers()).toBe('');
  });

  test('start leaves the vm as it is', async () => {
    await create({ start: false, spec: { nat: true } });
    const before = found();
    lackAll();
    expect(await refusal(startVm(world.vmm, 'web', doWait))).toEqual([...own, forwarding.subject]);
    expect(found()).toEqual(before);
    mend();
    expect((await startVm(world.vmm, 'web', doWait)).status.state).toBe('RUNNING');
  });

  test('restart leaves it running', async () => {
    const { revision } = await create();
    lackAll();
    expect(await refusal(restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 }))).toEqual(own);
    expect(found()).toMatchObject({ revision, status: { state: 'RUNNING' } });
  });

  test('a work disk that the start has to grow', async () => {
    await create({ spec: { workDiskMib: 64 } });
    world.guests.faults.failOnce('run', new Error('no'));
    await update({ workDiskMib: 128 });
    await stop();
    world.host.findings = [resize2fs];
    expect(await refusal(startVm(world.vmm, 'web', doWait))).toEqual(['resize2fs']);
    mend();
    expect((await startVm(world.vmm, 'web', doWait)).status).toMatchObject({ state: 'RUNNING', workDiskMib: 128 });
  });
});

test('a verb that changes nothing needs nothing', async () => {
  await create();
  lackAll();
  expect((await startVm(world.vmm, 'web', doWait)).status.state).toBe('RUNNING');
});

describe('a change', () => {
  test.each<[string, SpecChange, string[]]>([
    ['of the work disk', { workDiskMib: 128 }, ['resize2fs']],
    ['to NAT', { nat: true }, [forwarding.subject]],
    ['of the hypervisor', { hypervisor: 'firecracker' }, ['a usable qemu']],
    [
      'of all three',
      { workDiskMib: 128, nat: true, hypervisor: 'firecracker' },
      ['a usable qemu', 'resize2fs', forwarding.subject],
    ],
  ])('%s needs only what that takes', async (_what, change, subjects) => {
    await create({ spec: { workDiskMib: 64 } });
    const before = found();
    lackAll();
    expect(await refusal(update(change))).toEqual(subjects);
    expect(found()).toEqual(before);
  });

  test('of anything else, or away from NAT, needs nothing', async () => {
    await create({ spec: { nat: true } });
    lackAll();
    expect((await update({ memoryMib: 1024, nat: false, restartPolicy: 'always' })).spec.nat).toBe(false);
  });
});

describe('a netd that does not answer', () => {
  const away = new BangerError('unavailable', commonReasons.SERVICE_UNREACHABLE, 'cannot reach netd');

  test('is no lack of the host: the step that needs it waits for it', async () => {
    world.networks.faults.failAlways('check', away);
    expect((await create()).status.state).toBe('RUNNING');
  });

  test('does not hide what we lack ourselves', async () => {
    world.networks.faults.failAlways('check', away);
    lackAll();
    expect(await refusal(create())).toEqual(['a usable qemu', 'mke2fs']);
  });

  test('another failure of its is not kept silent', async () => {
    world.networks.faults.failAlways('check', new BangerError('internal', commonReasons.INTERNAL, 'a bug'));
    await expect(create()).rejects.toMatchObject({ reason: 'INTERNAL' });
  });

  test('the end of a call that waits for it is the end of the call', async () => {
    world.networks.faults.hang('check');
    const gone = new Error('the caller has gone');
    await expect(create({ signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(world.store.list()).toEqual([]);
  });
});

test('what vmm tells of the host: its hypervisors first, and nothing that was not asked for', async () => {
  world.host.findings = [mke2fs, resize2fs];
  const findings = await hostCheck(world)(['vm-start', 'work-disk-resize']);
  expectHelpful(findings, ['vm-start', 'work-disk-resize']);
  const subjects = findings.map(({ subject }) => subject);
  expect(subjects).toEqual(['a hypervisor', 'qemu', 'KVM', 'mke2fs', 'resize2fs']);
  expect(await hostCheck(world)(['work-disk-resize'])).toEqual([resize2fs]);
});
