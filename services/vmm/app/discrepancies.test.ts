import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { reconcileBy } from '../../../lib/discrepancy.js';
import { BangerError } from '../../../lib/errors.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { withStatus } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import type { Machine } from './ports.js';
import { stopVm } from './stop-vm.js';

const nobody = 'abcdef0123456789';
let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});
afterEach(() => world.vmm.stop());

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const reconcile = (repair: boolean) => reconcileBy(world.vmm.lookForDiscrepancies)(repair);
const found = async () => (await reconcile(false)).map(({ kind, subject }) => `${kind} ${subject}`);

/** What a crash that nobody has written down would leave. */
async function leaveAll(): Promise<void> {
  const plan = world.hypervisors.host.processes[0]?.plan;
  if (plan === undefined) throw new Error('web runs');
  world.hypervisors.host.start({ ...plan, uid: nobody });
  await world.disks.createOverlay({ uid: nobody, name: 'old' }, 64, []);
  const place = { name: 'old', nat: false, ipv4Address: '', macAddress: '', policy: emptyPolicy };
  for (const uid of [nobody, 'not-ours']) {
    await world.networks.ensure({ ...place, uid });
    await world.images.acquire({ uid, name: 'old' }, 'debian', 'cloud');
  }
}

test('what belongs to no vm is told, mended on demand, and nothing else is touched', async () => {
  const web = await create();
  expect(await found()).toEqual([]);
  const before = world.leftovers();
  await leaveAll();
  const all = world.leftovers();
  const told = await found();
  expect(told).toHaveLength(4);
  for (const kind of ['PROCESS', 'FOLDER', 'ATTACHMENT', 'LEASE'])
    expect(told).toContainEqual(expect.stringMatching(new RegExp(`^${kind} .*${nobody}`)));
  expect(world.leftovers()).toBe(all);

  const mended = await reconcile(true);
  expect(mended.map(({ state }) => state)).toEqual(mended.map(() => 'repaired'));
  await world.networks.release('not-ours');
  await world.images.release('not-ours');
  expect(world.leftovers()).toBe(before);
  expect(await found()).toEqual([]);
  expect(world.store.get(web.uid)?.status.process).toEqual(web.status.process);
});

test('a vm in the trash keeps its disks and its image', async () => {
  world.trashLimits = { retentionMs: 3_600_000, bytes: 1e12 };
  await create();
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  expect(world.leftovers()).toContain('disks ');
  expect(await found()).toEqual([]);
});

test('what is known to be left is told with its reason, and tried again', async () => {
  const { uid } = await create();
  world.patience = { ...world.patience, peerMs: 50 };
  const away = new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'netd is away');
  const release = world.networks.release.bind(world.networks);
  world.networks.release = () => Promise.reject(away);
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  await world.vmm.keeper.clean(uid);
  expect(await reconcile(true)).toMatchObject([
    { kind: 'REMAINS', state: 'failed', failure: expect.stringContaining('netd is away') },
  ]);
  world.networks.release = release;
  expect(await reconcile(true)).toMatchObject([{ kind: 'REMAINS', state: 'repaired' }]);
  expect(world.leftovers()).not.toContain('attachment');
});

test('what a hypervisor left is removed, unless a worker is at its vm', async () => {
  const { uid } = await create();
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  world.hypervisors.host.left.add(uid).add(nobody);
  expect(await found()).toEqual([`FOLDER /run/vms/${uid}`, `FOLDER /run/vms/${nobody}`]);
  const busy = world.vmm.workers.isAt.bind(world.vmm.workers);
  world.vmm.workers.isAt = () => true;
  expect(await found()).toEqual([`FOLDER /run/vms/${nobody}`]);
  world.vmm.workers.isAt = busy;
  expect(await reconcile(true)).toMatchObject([{ state: 'repaired' }, { state: 'repaired' }]);
  expect(world.hypervisors.host.left.size).toBe(0);
});

test('a vm that is being created is never taken for a stray, at whatever step', async () => {
  const steps = new Set<string>();
  const { uid } = await create(dontWait);
  do {
    steps.add(world.store.get(uid)?.status.step ?? '');
    expect(await found()).toEqual([]);
  } while (world.store.get(uid)?.status.state !== 'RUNNING');
  expect(steps.size).toBeGreaterThan(1);
});

test('a process that runs though its vm is stopped is a discrepancy of the vm', async () => {
  await create();
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  const plan = world.hypervisors.host.processes[0]?.plan;
  if (plan === undefined) throw new Error('web ran');
  const stray = world.hypervisors.host.start(plan);
  expect(await found()).toEqual(['VM web']);
  expect(await reconcile(true)).toMatchObject([{ kind: 'VM', state: 'repaired' }]);
  expect(stray.alive).toBe(false);
});

test('a peer that is away is no discrepancy', async () => {
  const away = new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'netd is away');
  world.networks.list = () => Promise.reject(away);
  world.images.holders = () => Promise.reject(away);
  await create();
  expect(await found()).toEqual([]);
});

test('a peer that fails in another way is not passed over', async () => {
  world.networks.list = () => Promise.reject(new BangerError('internal', 'BROKEN', 'it is broken'));
  await create();
  await expect(reconcile(false)).rejects.toMatchObject({ reason: 'BROKEN' });
});

test('what the keeper of the trash is at is its own', async () => {
  const { uid } = await create();
  await leaveAll();
  world.hypervisors.host.left.add('0123456789abcdef');
  world.store.remove((await create({ name: 'gone', start: false })).uid, {
    remains: [{ uid: '0000000000000aaa', name: 'gone', part: 'network', since: 0, problem: 'netd is away' }],
  });
  const at = jest.spyOn(world.vmm.keeper, 'isAt').mockReturnValue(true);
  expect(await found()).toEqual([]);
  at.mockRestore();
  const told = await found();
  for (const kind of ['PROCESS', 'FOLDER', 'ATTACHMENT', 'LEASE', 'REMAINS'])
    expect(told).toContainEqual(expect.stringMatching(new RegExp(`^${kind} `)));
  expect(told.join()).not.toContain(uid);
});

test('what is a vm’s by the time of its repair stays', async () => {
  const web = await create();
  await leaveAll();
  const strays = await world.vmm.lookForDiscrepancies();
  expect(strays).toHaveLength(4);
  world.store.insert({ ...web, uid: nobody, name: 'late' });
  const before = world.leftovers();
  for (const { mend } of strays) await mend?.();
  expect(world.leftovers()).toBe(before);
});

test('a vm that is said to run and does not is recovered; what its hypervisor left is looked at then', async () => {
  const { uid } = await create({ start: false });
  world.store.change(uid, (vm) => ({ ...withStatus(vm, { state: 'RUNNING' }), goal: 'running' }));
  world.hypervisors.host.left.add(uid);
  expect(await found()).toEqual(['VM web']);
  expect(await reconcile(true)).toMatchObject([{ kind: 'VM', state: 'repaired' }]);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'STOPPED', lastError: { reason: 'HYPERVISOR_GONE' } });
  expect(await found()).toEqual([`FOLDER /run/vms/${uid}`]);
});

/** A stopped VM, with a process that runs it all the same. */
async function runsThoughStopped() {
  const { uid } = await create();
  await stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  const plan = world.hypervisors.host.processes[0]?.plan;
  if (plan === undefined) throw new Error('web ran');
  return { uid, stray: world.hypervisors.host.start(plan) };
}

test('a vm that a worker is at, or whose hypervisor is followed, is not wrong', async () => {
  const { uid } = await runsThoughStopped();
  const at = jest.spyOn(world.vmm.workers, 'isAt').mockReturnValue(true);
  expect(await found()).toEqual([]);
  at.mockRestore();
  expect(await found()).toEqual(['VM web']);
  jest.spyOn(world.vmm.machines, 'get').mockReturnValue({} as Machine);
  expect(await found()).toEqual([]);
  world.hypervisors.host.crash(uid);
  world.hypervisors.host.left.add(uid);
  expect(await found()).toEqual([]);
});

test('a vm that is right again by the time of its repair is left alone', async () => {
  const { uid, stray } = await runsThoughStopped();
  const [wrong] = await world.vmm.lookForDiscrepancies();
  jest.spyOn(world.vmm.machines, 'get').mockReturnValue({} as Machine);
  await wrong?.mend?.();
  expect(stray.alive).toBe(true);
  expect(world.store.get(uid)?.status.state).toBe('STOPPED');
});

test('what is there for one look only was somebody’s work', async () => {
  const looks = [[nobody], []];
  world.disks.list = async () => looks.shift() ?? [];
  expect(await found()).toEqual([]);
  expect(looks).toEqual([]);
});
