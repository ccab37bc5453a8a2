import { beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { hypervisorUnresponsive } from '../domain/errors.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { getVmStats } from './get-vm-stats.js';
import { killVm } from './kill-vm.js';
import { pauseVm } from './pause-vm.js';
import { restartVm } from './restart-vm.js';
import { resumeVm } from './resume-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const pause = (wait = doWait) => pauseVm(world.vmm, 'web', wait);
const resume = (wait = doWait) => resumeVm(world.vmm, 'web', wait);
const process = () => world.hypervisors.host.processes.at(-1);
const hung = hypervisorUnresponsive('pause vm web', 'did not answer within 5 s');

async function createPaused(change?: Parameters<typeof creation>[0]) {
  const vm = await create(change);
  await pause();
  return vm;
}

test('a vm stands still, and goes on as it was', async () => {
  const before = await create();
  const paused = await pause();
  expect(paused).toMatchObject({ goal: 'paused', status: { state: 'PAUSED', process: before.status.process } });
  expect(process()?.paused).toBe(true);
  const resumed = await resume();
  expect(resumed).toMatchObject({ goal: 'running', status: { state: 'RUNNING', process: before.status.process } });
  expect(process()?.paused).toBe(false);
  expect(resumed.status.readyTime).toBe(before.status.readyTime);
});

test('a repeat changes nothing', async () => {
  await create();
  expect((await resume()).revision).toBe(world.store.revision());
  const { revision } = await pause();
  expect((await pause()).revision).toBe(revision);
});

test('a start of a paused vm lets it go on, a restart runs it anew', async () => {
  await createPaused();
  expect((await startVm(world.vmm, 'web', doWait)).status.state).toBe('RUNNING');
  expect(world.hypervisors.host.processes).toHaveLength(1);
  await pause();
  const restarted = await restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  expect(restarted).toMatchObject({ goal: 'running', status: { state: 'RUNNING' } });
  expect(world.hypervisors.host.processes).toHaveLength(2);
});

test('what does not run is neither paused nor resumed', async () => {
  await create({ start: false });
  for (const verb of [pause, resume]) {
    await expect(verb()).rejects.toMatchObject({ kind: 'wrong-state', reason: 'VM_WRONG_STATE' });
  }
  await expect(pauseVm(world.vmm, 'none', doWait)).rejects.toMatchObject({ reason: 'VM_NOT_FOUND' });
});

test('the later of a pause and a resume wins', async () => {
  await create();
  const [paused] = await Promise.allSettled([pause(), resume(dontWait)]);
  expect(paused).toMatchObject({ status: 'rejected', reason: { kind: 'conflict', reason: 'SUPERSEDED' } });
  expect((await world.settled('web'))?.status.state).toBe('RUNNING');
  expect(process()?.paused).toBe(false);
  await resume(dontWait);
  await pause(dontWait);
  expect((await world.settled('web'))?.status.state).toBe('PAUSED');
});

test('a pause that another verb overtakes is told by that, not by an older error of the vm', async () => {
  await create({ spec: { workDiskMib: 100 } });
  world.guests.faults.failOnce('run', new BangerError('unavailable', 'GUEST_COMMAND_FAILED', 'no ssh'));
  await updateVm(world.vmm, { name: 'web', change: { workDiskMib: 200 }, violations: [] });
  const pausing = pause();
  await resume(dontWait);
  await expect(pausing).rejects.toMatchObject({ reason: 'SUPERSEDED' });
});

describe('that fails', () => {
  test('is taken back, and the caller is told why', async () => {
    await create();
    world.hypervisors.faults.failOnce('pause', hung);
    await expect(pause()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE', message: hung.message });
    expect(world.store.findByName('web')).toMatchObject({
      goal: 'running',
      status: { state: 'RUNNING', step: '', lastError: { reason: 'HYPERVISOR_UNRESPONSIVE' } },
    });
    // The hypervisor may have heard it all the same.
    expect(world.hypervisors.faults.calls.slice(-2)).toEqual(['pause', 'resume']);
    expect((await pause()).status.lastError).toBeUndefined();
  });

  test('leaves a paused vm paused', async () => {
    await createPaused();
    world.hypervisors.faults.failOnce('resume', hung);
    await expect(resume()).rejects.toMatchObject({ reason: 'HYPERVISOR_UNRESPONSIVE' });
    expect(world.store.findByName('web')).toMatchObject({ goal: 'paused', status: { state: 'PAUSED' } });
    expect(world.hypervisors.faults.calls.slice(-2)).toEqual(['resume', 'pause']);
    expect((await resume()).status.lastError).toBeUndefined();
  });

  test('because the guest powers off meanwhile leaves a stopped vm', async () => {
    const { uid } = await create();
    world.hypervisors.faults.onCall = (call) => {
      if (call === 'pause') world.hypervisors.host.guestPowersOff(uid);
    };
    await expect(pause()).rejects.toMatchObject({ reason: 'SUPERSEDED' });
    expect(await world.settled('web')).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED' } });
    expect(world.store.findByName('web')?.status.lastError).toBeUndefined();
  });
});

describe('a paused vm', () => {
  test('is asked to power off when it is stopped', async () => {
    await createPaused();
    const stopped = await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
    expect(stopped).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED' } });
    expect(process()).toMatchObject({ alive: false, presses: 1 });
  });

  test('is deleted only with force', async () => {
    await createPaused();
    const remove = (force: boolean) => deleteVm(world.vmm, 'web', { ...doWait, force });
    await expect(remove(false)).rejects.toMatchObject({ reason: 'VM_RUNNING' });
    await remove(true);
    expect(world.leftovers()).toBe('');
  });

  test('gets its NAT at once, and its larger work disk when it goes on', async () => {
    const { uid } = await createPaused({ spec: { workDiskMib: 100 } });
    const changed = await updateVm(world.vmm, {
      name: 'web',
      change: { nat: true, workDiskMib: 200 },
      violations: [],
    });
    expect(changed.status).toMatchObject({ state: 'PAUSED', network: { nat: true }, workDiskMib: 100 });
    await resume();
    expect((await world.settled('web'))?.status.workDiskMib).toBe(200);
    expect(world.hypervisors.host.running(uid)?.workDiskBytes).toBe(200 * 1024 * 1024);
  });

  test('is adopted paused, and goes on', async () => {
    await createPaused();
    await world.restart();
    expect(world.store.findByName('web')).toMatchObject({ goal: 'paused', status: { state: 'PAUSED' } });
    expect((await resume()).status.state).toBe('RUNNING');
    expect(world.hypervisors.host.processes).toHaveLength(1);
  });

  test.each([
    ['pause', 'PAUSED', true],
    ['resume', 'RUNNING', false],
  ] as const)('whose %s was cut off is %s', async (verb, state, frozen) => {
    await (verb === 'pause' ? create() : createPaused());
    await world.vmm.stop();
    await (verb === 'pause' ? pause(dontWait) : resume(dontWait));
    await world.restart();
    expect((await world.settled('web'))?.status.state).toBe(state);
    expect(process()?.paused).toBe(frozen);
  });
});

test('a pause ends with the vm that it waits for', async () => {
  await create();
  const pausing = pauseVm(world.vmm, 'web', doWait);
  await killVm(world.vmm, 'web', { wait: false, signal: never });
  await expect(pausing).rejects.toMatchObject({ reason: 'SUPERSEDED' });
  expect((await world.settled('web'))?.status.state).toBe('STOPPED');
});

test('what a vm uses is told while a hypervisor runs', async () => {
  await create();
  expect(await getVmStats(world.vmm, 'web')).toMatchObject({ disks: [{ name: 'base' }, { name: 'overlay' }] });
  await pause();
  expect((await getVmStats(world.vmm, 'web')).uptimeMs).toBeGreaterThan(0);
  await killVm(world.vmm, 'web', doWait);
  await expect(getVmStats(world.vmm, 'web')).rejects.toMatchObject({
    reason: 'VM_WRONG_STATE',
    message: 'cannot read the figures of vm web: it is stopped, and no hypervisor runs',
  });
});
