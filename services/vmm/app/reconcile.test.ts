import { beforeEach, expect, test } from '@jest/globals';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { pauseVm } from './pause-vm.js';
import { restartVm } from './restart-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const state = (name = 'web') => world.store.findByName(name)?.status.state;

const reached = (step: string) => world.reaches('web', step);

test('a running vm is adopted untouched, and followed again', async () => {
  const before = await create();
  const pid = before.status.process?.pid;
  await world.restart();
  expect(world.store.findByName('web')?.status).toMatchObject({ state: 'RUNNING', process: { pid } });
  expect(world.hypervisors.host.processes).toHaveLength(1);
  world.hypervisors.host.guestPowersOff(before.uid);
  await world.until('web', ({ status }) => status.state === 'STOPPED');
});

test('an adopted vm can be stopped', async () => {
  await create();
  await world.restart();
  const stopped = await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  expect(stopped.status.state).toBe('STOPPED');
  expect(world.hypervisors.host.processes[0]?.presses).toBe(1);
});

test('a vm that ended while nobody looked is stopped, with the reason', async () => {
  const { uid } = await create();
  await world.vmm.stop();
  world.hypervisors.host.crash(uid);
  await world.restart();
  expect(world.store.findByName('web')).toMatchObject({
    goal: 'stopped',
    status: { state: 'STOPPED', lastError: { reason: 'HYPERVISOR_GONE' } },
  });
  expect(world.store.findByName('web')?.status.process).toBeUndefined();
});

/** Steps at which the service may be cut off, and how the step is held there. */
const cuts = [
  ['image', () => world.images.faults.hang('acquire')],
  ['network', () => world.networks.faults.hang('ensure')],
  ['disk', () => world.disks.faults.hang('createOverlay')],
  ['work-disk', () => world.disks.faults.hang('ensureWork')],
  ['launch', () => world.hypervisors.faults.hang('launch')],
  ['boot', () => world.guests.faults.hang('answers')],
] as const;

function heal(): void {
  for (const part of [world.images, world.networks, world.disks, world.hypervisors, world.guests]) part.faults.heal();
}

test.each(cuts)('a creation cut off at %s is finished', async (step, hold) => {
  hold();
  const { uid } = await create({ ...dontWait, spec: { workDiskMib: 64 } });
  await reached(step);
  heal();
  await world.restart();
  await world.vmm.workers.idle(uid);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', workDiskMib: 64 });
  expect(world.hypervisors.host.processes).toHaveLength(1);
});

test.each(cuts)('a vm whose creation was cut off at %s can be deleted without a trace', async (step, hold) => {
  hold();
  const { uid } = await create({ ...dontWait, spec: { workDiskMib: 64 } });
  await reached(step);
  await world.restart();
  heal();
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  expect(world.store.get(uid)).toBeUndefined();
  expect(world.leftovers()).toBe('');
});

test('a process that was launched but not written down is found', async () => {
  world.hypervisors.faults.hang('launch');
  const { uid } = await create(dontWait);
  await reached('launch');
  await world.vmm.stop();
  heal();
  const plan = {
    uid,
    name: 'web',
    cpuCount: 1,
    memoryMib: 512,
    hypervisor: 'qemu',
    acceleration: 'tcg',
    vmlinuxPath: '',
    initrdPath: '',
  } as const;
  const network = { tap: 'bgr0', macAddress: '' };
  const process = world.hypervisors.host.start({
    ...plan,
    commandLine: '',
    disks: { base: '', overlay: '', layers: [] },
    network,
  });
  await world.restart();
  await world.vmm.workers.idle(uid);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', process: process.identity });
  expect(world.store.get(uid)?.status.hypervisor).toBeDefined();
  expect(world.hypervisors.host.processes).toHaveLength(1);
});

test('the work disk of a guest that boots under an adopted hypervisor grows in the guest, never under it', async () => {
  world.guests.faults.hang('answers');
  const { uid } = await create({ ...dontWait, spec: { workDiskMib: 64 } });
  await reached('boot');
  await updateVm(world.vmm, { name: 'web', change: { workDiskMib: 128 }, violations: [] });
  heal();
  world.disks.faults.calls.splice(0);
  await world.restart();
  await world.vmm.workers.idle(uid);
  expect(world.disks.faults.calls).toEqual(['extendWork']);
  expect(world.guests.commands).toEqual(['root@10.77.0.10 resize2fs /dev/vdc']);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', workDiskMib: 128 });
});

test('a stop, a restart and a deletion that were cut off go on', async () => {
  await create({ name: 'a' });
  await create({ name: 'b' });
  await create({ name: 'c' });
  world.hypervisors.host.deafGuests = true;
  world.networks.faults.hang('release');
  const order = { wait: false, graceSeconds: 3600, signal: never };
  await stopVm(world.vmm, 'a', order);
  await restartVm(world.vmm, 'b', order);
  await deleteVm(world.vmm, 'c', { ...dontWait, force: true });
  world.host.time += 3_600_000;
  heal();
  await world.restart();
  const [a, b, c] = [await world.settled('a'), await world.settled('b'), await world.settled('c')];
  expect([a?.status.state, b?.status.state, c]).toEqual(['STOPPED', 'RUNNING', undefined]);
});

test('processes and disks of nobody are removed, those of others are not', async () => {
  const web = await create();
  await world.vmm.stop();
  const plan = world.hypervisors.host.running(web.uid)?.plan;
  if (plan === undefined) throw new Error('web runs');
  const stray = world.hypervisors.host.start({ ...plan, uid: 'dead00000000dead' });
  await world.disks.createOverlay({ uid: 'dead00000000dead', name: 'gone' }, 256, []);
  await world.restart();
  expect(stray.alive).toBe(false);
  expect([...world.disks.sets.keys()]).toEqual([web.uid]);
  expect(state()).toBe('RUNNING');
});

test.each([
  [true, 'running'],
  [false, 'paused'],
])('a guest that stands still (%s) though its vm is %s is told so again', async (standsStill, goal) => {
  const { uid } = await create();
  if (goal === 'paused') await pauseVm(world.vmm, 'web', doWait);
  await world.vmm.stop();
  world.hypervisors.host.running(uid)?.pause(standsStill);
  await world.restart();
  expect(world.hypervisors.host.running(uid)?.paused).toBe(goal === 'paused');
  expect(state()).toBe(goal === 'paused' ? 'PAUSED' : 'RUNNING');
});

test('a crash that nobody saw is explained by what the hypervisor has left', async () => {
  const { uid } = await create();
  await world.vmm.stop();
  world.hypervisors.host.crash(uid);
  world.hypervisors.host.lastEnds.set(uid, { cause: 'crashed', detail: 'a forbidden system call (exit code 148)' });
  await world.restart();
  expect(world.store.get(uid)?.status).toMatchObject({
    state: 'FAILED',
    lastError: { reason: 'HYPERVISOR_CRASHED', message: expect.stringContaining('exit code 148') },
  });
});

test('a process that runs though its vm is stopped is asked to power off', async () => {
  const web = await create();
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  await world.vmm.stop();
  const plan = world.hypervisors.host.processes[0]?.plan;
  if (plan === undefined) throw new Error('web ran');
  const stray = world.hypervisors.host.start(plan);
  await world.restart();
  await world.vmm.workers.idle(web.uid);
  expect(stray).toMatchObject({ alive: false, presses: 1 });
  expect(state()).toBe('STOPPED');
});

test('one vm that makes trouble does not keep the others, nor the service', async () => {
  await create({ name: 'good' });
  const bad = await create({ name: 'bad' });
  await world.vmm.stop();
  world.hypervisors.host.crash(bad.uid);
  const change = world.store.change.bind(world.store);
  world.store.change = (uid, edit) => {
    if (uid === bad.uid) throw new Error('this row is damaged');
    return change(uid, edit);
  };
  await world.restart();
  expect(state('good')).toBe('RUNNING');
  world.store.change = change;
});

test('what belongs to nobody and cannot be removed keeps no vm down', async () => {
  await create();
  await world.vmm.stop();
  await world.disks.createOverlay({ uid: 'dead00000000dead', name: 'gone' }, 256, []);
  world.disks.faults.failOnce('remove', new Error('it is immutable'));
  await world.restart();
  expect(state()).toBe('RUNNING');
  expect(world.disks.sets.has('dead00000000dead')).toBe(true);
});

test('a hypervisor that could not be adopted is ended all the same before its disks go', async () => {
  const { uid } = await create();
  world.hypervisors.faults.failOnce('adopt', new Error('no more file watches'));
  await world.restart();
  expect(world.hypervisors.host.running(uid)).toBeDefined();
  await deleteVm(world.vmm, 'web', { force: true, wait: true, signal: never });
  expect(world.hypervisors.host.running(uid)).toBeUndefined();
});

test('the file of host keys is made anew', async () => {
  await create();
  const before = world.keys.knownHosts;
  world.keys.knownHosts = 'damaged';
  await world.restart();
  expect(world.keys.knownHosts).toBe(before);
});

test('after a restart of the host what ran is stopped and says so; only an `always` vm starts again', async () => {
  for (const [name, restartPolicy] of [
    ['a', 'always'],
    ['f', 'on-failure'],
    ['n', 'never'],
  ] as const) {
    await create({ name, spec: { restartPolicy } });
  }
  await world.restart();
  for (const { uid } of world.store.list()) world.hypervisors.host.crash(uid);
  await world.vmm.stop();
  for (const { uid } of world.store.list()) {
    world.store.change(uid, (vm) => ({ ...vm, goal: 'running', status: { ...vm.status, state: 'RUNNING' } }));
  }
  world.host.bootId = 'boot-2';
  world.host.uptimeMs = 5_000;
  await world.restart();
  expect((await world.settled('a'))?.status.state).toBe('RUNNING');
  for (const name of ['f', 'n']) {
    const reason = expect.stringMatching(/^the host was restarted at 2023-/);
    expect(world.store.findByName(name)?.status).toMatchObject({ state: 'STOPPED', stateReason: reason });
  }
});
