import { beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { inContext } from '../../../lib/context.js';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { TieEnd } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { restoreVm } from './restore-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { createVmm } from './vmm.js';

/** VMs whose lives are those of processes. */

let world: FakeWorld;
/** The processes of the host and when each of them began. */
const processes = new Map<number, number>();
beforeEach(() => {
  world = new FakeWorld();
  processes.clear();
  processes.set(70, 1000).set(71, 2000);
  const { startTimeOf } = world.sight;
  Object.assign(world.sight, { startTimeOf: (pid: number) => processes.get(pid) ?? startTimeOf(pid) });
});

const by = <T>(pid: number, work: () => T) =>
  inContext({ requestId: 'r', verb: 'test', caller: { uid: 0, gid: 0, pid } }, work);
const create = (tie: TieEnd, pid = 70) => by(pid, () => createVm(world.vmm, creation({ tie })));
const start = (tie: TieEnd | undefined, pid = 70) => by(pid, () => startVm(world.vmm, 'web', { ...doWait, tie }));
const stateOf = () => world.store.findByName('web')?.status.state;
const over = () => world.vmm.ties.idle();

test('a vm is stopped when its process ends, and is nobody’s then', async () => {
  await create('stop');
  processes.delete(70);
  await over();
  await world.settled('web');
  expect(world.store.findByName('web')).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED' } });
  expect(world.store.findByName('web')?.tie).toBeUndefined();
});

test('another process with the same pid is not taken for it', async () => {
  await create('stop');
  processes.set(70, 1001);
  await over();
  await world.settled('web');
  expect(stateOf()).toBe('STOPPED');
});

test('a vm that is to be deleted leaves nothing, not even in the trash', async () => {
  world.trashLimits = { retentionMs: 1_000_000, bytes: 1_000_000_000 };
  await create('delete');
  processes.delete(70);
  await over();
  await world.settled('web');
  expect(stateOf()).toBeUndefined();
  expect(world.trash.list()).toEqual([]);
});

test('the next run of the service knows whose life it is, also when that ended meanwhile', async () => {
  await create('stop');
  await world.vmm.stop();
  processes.delete(70);
  world.vmm = createVmm(world);
  await world.vmm.recover();
  await over();
  await world.settled('web');
  expect(stateOf()).toBe('STOPPED');
});

test('one that nobody is tied to goes on, and one whose process lives', async () => {
  const { uid } = await by(70, () => createVm(world.vmm, creation()));
  await by(70, () => createVm(world.vmm, creation({ name: 'db', tie: 'stop' })));
  processes.delete(70);
  await over();
  await world.settled('db');
  expect(world.store.get(uid)?.status.state).toBe('RUNNING');
});

test('start ties one that runs, and one that is tied already only to the same process', async () => {
  await createVm(world.vmm, creation());
  await start('stop');
  await expect(start('stop', 71)).rejects.toMatchObject({ reason: 'VM_TIED', metadata: { vm: 'web', pid: '70' } });
  await start(undefined, 71);
  expect(world.store.findByName('web')?.tie).toEqual({ process: { pid: 70, startTime: 1000 }, end: 'stop' });
  processes.delete(70);
  await start('stop', 71);
  expect(world.store.findByName('web')?.tie?.process.pid).toBe(71);
  processes.delete(71);
  await over();
  await world.settled('web');
  expect(stateOf()).toBe('STOPPED');
});

test('the end of a process that the vm was tied to before is nothing to it', async () => {
  const { uid } = await create('stop');
  processes.delete(70);
  await start('stop', 71);
  // The former process is looked at as often as the present one.
  const { startTimeOf } = world.sight;
  let looks = 0;
  Object.assign(world.sight, {
    startTimeOf: (pid: number) => (pid === 71 ? ++looks && startTimeOf(pid) : startTimeOf(pid)),
  });
  await pollUntil(() => looks > 2, { what: 'both were looked at', timeoutMs: 20_000 });
  expect(world.store.get(uid)).toMatchObject({ goal: 'running', tie: { process: { pid: 71 } } });
  processes.delete(71);
  await over();
});

test('one that is being deleted anyway is not stopped', async () => {
  await create('stop');
  world.networks.faults.hang('release');
  await deleteVm(world.vmm, 'web', { ...dontWait, force: true });
  processes.delete(70);
  await over();
  expect(world.store.findByName('web')?.tie).toBeUndefined();
  expect(stateOf()).toBe('DELETING');
});

test('one that its caller has stopped stays as it is', async () => {
  await create('stop');
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  processes.delete(70);
  await over();
  expect(stateOf()).toBe('STOPPED');
});

test('one that was deleted comes back as nobody’s', async () => {
  world.trashLimits = { retentionMs: 1_000_000, bytes: 1_000_000_000 };
  await create('stop');
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  await restoreVm(world.vmm, { reference: 'web', newName: '', wait: true, signal: never });
  expect(world.store.findByName('web')?.tie).toBeUndefined();
});

test('a caller that cannot be seen is refused, and nothing is made', async () => {
  await expect(create('stop', 0)).rejects.toMatchObject({ reason: 'CALLER_UNSEEN' });
  await expect(create('stop', 99)).rejects.toMatchObject({ reason: 'CALLER_UNSEEN' });
  await expect(createVm(world.vmm, creation({ tie: 'stop' }))).rejects.toMatchObject({ reason: 'CALLER_UNSEEN' });
  expect(world.store.list()).toEqual([]);
});

test('a disk that is full only delays it', async () => {
  const { uid } = await create('stop');
  const change = world.store.change.bind(world.store);
  let isFull = true;
  world.store.change = (...args) => {
    if (!isFull) return change(...args);
    isFull = false;
    throw new Error('full');
  };
  processes.delete(70);
  await over();
  await world.settled('web');
  expect(world.store.get(uid)?.status.state).toBe('STOPPED');
});
