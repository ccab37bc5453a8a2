import { beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { RestartPolicy, Vm } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { killVm } from './kill-vm.js';
import { pauseVm } from './pause-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

/** What becomes of a VM that ends by itself. */

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (restartPolicy: RestartPolicy = 'never', change?: Parameters<typeof creation>[0]) =>
  createVm(world.vmm, creation({ ...change, spec: { restartPolicy, ...change?.spec } }));
const stop = () => stopVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
const processes = () => world.hypervisors.host.processes;
const broken = new BangerError('exhausted', 'POOL_EXHAUSTED', 'no address is free');

const ends = {
  'powers off': (uid: string) => world.hypervisors.host.guestPowersOff(uid),
  reboots: (uid: string) => world.hypervisors.host.guestReboots(uid),
  panics: (uid: string) => world.hypervisors.host.guestPanics(uid),
  'loses its hypervisor': (uid: string) => world.hypervisors.host.crash(uid),
} as const;

/** The VM ends after it has been well, so that nothing waits, and has come to rest again. */
async function ended(vm: Vm, end: keyof typeof ends): Promise<Vm> {
  world.host.time += 60_000;
  ends[end](vm.uid);
  const isOther = ({ status }: Vm) => status.state !== 'STARTING' && status.process?.pid !== vm.status.process?.pid;
  return world.until(vm.name, isOther);
}

describe.each(['running', 'paused'] as const)('while it is %s', (how) => {
  test.each([
    ['never', 'powers off', 'STOPPED', undefined],
    ['never', 'panics', 'FAILED', 'GUEST_PANICKED'],
    ['never', 'loses its hypervisor', 'FAILED', 'HYPERVISOR_CRASHED'],
    ['on-failure', 'powers off', 'STOPPED', undefined],
  ] as const)('under %s, a vm that %s is %s', async (policy, end, state, reason) => {
    const vm = await create(policy);
    if (how === 'paused') await pauseVm(world.vmm, 'web', doWait);
    const after = await ended(vm, end);
    expect(after).toMatchObject({ goal: 'stopped', status: { state } });
    expect(after.status.lastError?.reason).toBe(reason);
    expect(processes()).toHaveLength(1);
    expect((await startVm(world.vmm, 'web', doWait)).status.lastError).toBeUndefined();
  });

  test.each([
    ['never', 'reboots'],
    ['on-failure', 'panics'],
    ['on-failure', 'loses its hypervisor'],
    ['always', 'powers off'],
    ['always', 'reboots'],
  ] as const)('under %s, a vm that %s runs again', async (policy, end) => {
    const vm = await create(policy);
    if (how === 'paused') await pauseVm(world.vmm, 'web', doWait);
    const after = await ended(vm, end);
    expect(after).toMatchObject({ goal: 'running', status: { state: 'RUNNING', restarts: { count: 1 } } });
    expect(after.status.lastError).toBeUndefined();
    expect(processes().map((process) => [process.alive, process.paused])).toEqual([
      [false, how === 'paused'],
      [true, false],
    ]);
  });
});

test('the starts by itself are counted until a caller starts it', async () => {
  let vm = await create('always');
  for (const end of ['powers off', 'panics', 'reboots'] as const) vm = await ended(vm, end);
  expect(vm.status.restarts?.count).toBe(3);
  const restarted = await restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  expect(restarted.status.restarts).toBeUndefined();
});

test('what a caller has stopped stays stopped', async () => {
  await create('always');
  expect((await stop()).status.state).toBe('STOPPED');
  await world.restart();
  expect((await world.settled('web'))?.status.state).toBe('STOPPED');
  expect(processes()).toHaveLength(1);
});

test('a guest that panics as it is stopped stays stopped', async () => {
  const { uid } = await create('always');
  world.hypervisors.faults.onCall = (call) => {
    if (call === 'pressPowerButton') world.hypervisors.host.guestPanics(uid);
  };
  expect((await stop()).status.state).toBe('STOPPED');
  expect((await world.settled('web'))?.goal).toBe('stopped');
  expect(processes()).toHaveLength(1);
});

test('a start by itself that fails is tried again', async () => {
  const vm = await create('on-failure');
  world.hypervisors.faults.failOnce('launch', broken);
  const after = await ended(vm, 'panics');
  expect(after.status).toMatchObject({ state: 'RUNNING', restarts: { count: 2, quick: 1 } });
  expect(after.status.lastError).toBeUndefined();
});

test('a reboot whose start fails is a failure under never', async () => {
  const vm = await create('never');
  world.hypervisors.faults.failOnce('launch', broken);
  const after = await ended(vm, 'reboots');
  expect(after).toMatchObject({
    goal: 'stopped',
    status: { state: 'FAILED', lastError: { reason: 'POOL_EXHAUSTED' } },
  });
  expect(after.status.restarts).toBeUndefined();
});

test('a guest that powers off before it answers is let be under on-failure', async () => {
  const vm = await create('on-failure');
  world.guests.faults.hang('answers');
  world.host.time += 60_000;
  world.hypervisors.host.guestPanics(vm.uid);
  await world.reaches('web', 'boot');
  world.hypervisors.host.guestPowersOff(vm.uid);
  const after = await world.until('web', ({ status }) => status.state === 'FAILED');
  expect(after.status.lastError?.reason).toBe('GUEST_POWERED_OFF');
});

/** A VM that waits a minute for its next start. */
async function waiting(): Promise<Vm> {
  const vm = await create('always');
  const restarts = { count: 9, quick: 9, notBefore: 0 };
  world.store.change(vm.uid, (now) => ({ ...now, status: { ...now.status, restarts } }));
  world.networks.faults.failAlways('ensure', broken);
  world.hypervisors.host.crash(vm.uid);
  const { status } = await world.reaches('web', 'backoff');
  expect(status).toMatchObject({ state: 'STARTING', restarts: { count: 10, quick: 10 } });
  expect(status.restarts?.notBefore).toBeGreaterThan(world.host.time + 50_000);
  return vm;
}

test('a start that waits for its turn asks nobody for anything', async () => {
  await waiting();
  // Those of its creation.
  expect(world.networks.faults.calls).toEqual(['check', 'ensure']);
  expect(world.store.findByName('web')?.status.lastError?.reason).toBe('HYPERVISOR_CRASHED');
  await world.vmm.stop();
});

test.each([
  ['stop', () => stop(), 'STOPPED'],
  ['kill', () => killVm(world.vmm, 'web', doWait), 'STOPPED'],
  ['delete', () => deleteVm(world.vmm, 'web', { ...doWait, force: false }), undefined],
] as const)('a %s does not wait until the next start has had its turn', async (_verb, call, state) => {
  await waiting();
  const begun = performance.now();
  await call();
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(world.store.findByName('web')?.status.state).toBe(state);
  expect(processes()).toHaveLength(1);
});

test('a restart by a caller starts at once', async () => {
  await waiting();
  world.networks.faults.heal();
  const begun = performance.now();
  const { status } = await restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(status.state).toBe('RUNNING');
  expect(status.restarts).toBeUndefined();
});

test('the wait goes on where it was when the service comes back', async () => {
  await waiting();
  world.networks.faults.heal();
  world.host.time += 60_000;
  await world.restart();
  expect((await world.settled('web'))?.status).toMatchObject({ state: 'RUNNING', restarts: { count: 10 } });
});

describe('before its first answer', () => {
  test('a guest that reboots is started again, for the same caller', async () => {
    world.guests.faults.hang('answers');
    const creating = create();
    const { uid } = await world.reaches('web', 'boot');
    world.guests.faults.heal();
    world.hypervisors.host.guestReboots(uid);
    const { status } = await creating;
    expect(status).toMatchObject({ state: 'RUNNING', process: { pid: 1002 } });
    expect(status.restarts).toBeUndefined();
    expect(processes().map((process) => process.alive)).toEqual([false, true]);
  });

  test('a guest that only reboots has the time of one boot', async () => {
    world.patience = { ...world.patience, bootMs: 100 };
    world.guests.faults.hang('answers');
    world.guests.faults.onCall = () => {
      const { uid } = processes().at(-1)?.plan ?? { uid: '' };
      setImmediate(() => world.hypervisors.host.guestReboots(uid));
    };
    await expect(create()).rejects.toMatchObject({ reason: 'BOOT_TIMEOUT' });
    expect(processes().length).toBeGreaterThan(1);
    expect(processes().filter((process) => process.alive)).toEqual([]);
  });

  test('a kill ends the start of a guest that only reboots', async () => {
    world.guests.faults.hang('answers');
    await create('never', dontWait);
    const { uid } = await world.reaches('web', 'boot');
    world.hypervisors.host.guestReboots(uid);
    await killVm(world.vmm, 'web', doWait);
    expect(processes().filter((process) => process.alive)).toEqual([]);
  });
});

test.each([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15])(
  'an end %s turns after the answer does not go unnoticed',
  async (turns) => {
    world.guests.answers = async () => {
      void (async () => {
        for (let i = 0; i < turns; i++) await undefined;
        for (const { plan } of processes()) world.hypervisors.host.crash(plan.uid);
      })();
    };
    await create().catch(() => undefined);
    await world.until('web', ({ status }) => status.state === 'FAILED');
    const { status } = (await world.settled('web')) as Vm;
    expect(status).toMatchObject({ state: 'FAILED', lastError: { reason: 'HYPERVISOR_CRASHED' } });
    expect(status.process).toBeUndefined();
  },
);

test('a change that is being made in a guest does not keep it from starting again', async () => {
  const vm = await create('on-failure', { spec: { workDiskMib: 100 } });
  world.guests.faults.hang('run');
  const growing = new Promise<void>((resolve) => {
    world.guests.faults.onCall = (call) => call === 'run' && resolve();
  });
  const changing = updateVm(world.vmm, { name: 'web', change: { workDiskMib: 200 }, violations: [] });
  await growing;
  const after = await ended(vm, 'panics');
  expect(after.status).toMatchObject({ state: 'RUNNING', workDiskMib: 200 });
  expect((await changing).spec.workDiskMib).toBe(200);
});

test('an end that cannot be written down is acted on when it can', async () => {
  const vm = await create('always');
  const change = world.store.change.bind(world.store);
  let failures = 2;
  world.store.change = (uid, edit) => {
    if (failures-- > 0) throw new BangerError('exhausted', 'STORAGE_UNWRITABLE', 'the disk is full');
    return change(uid, edit);
  };
  const after = await ended(vm, 'panics');
  expect(after.status).toMatchObject({ state: 'RUNNING', restarts: { count: 1 } });
});

test('after the service was away, a guest gets what its last words say', async () => {
  const vm = await create('on-failure');
  await world.vmm.stop();
  world.hypervisors.host.guestPanics(vm.uid);
  world.host.time += 60_000;
  await world.restart();
  const { status } = (await world.settled('web')) as Vm;
  expect(status).toMatchObject({ state: 'RUNNING', process: { pid: 1002 }, restarts: { count: 1 } });
  await world.vmm.stop();
  world.hypervisors.host.guestPowersOff(vm.uid);
  await world.restart();
  const stopped = await world.settled('web');
  expect(stopped).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED' } });
  expect(stopped?.status.lastError).toBeUndefined();
});
