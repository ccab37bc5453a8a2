import { beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { Vm, VmSpec } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { killVm } from './kill-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

/** Which VMs come back after a restart of the host, and in which order. */

let world: FakeWorld;
let boots = 1;
beforeEach(async () => {
  world = new FakeWorld();
  boots = 1;
  // The service has been there in this boot of the host.
  await world.restart();
});

const create = (name: string, spec: Partial<VmSpec> = {}, change: Parameters<typeof creation>[0] = {}) =>
  createVm(world.vmm, creation({ name, ...change, spec }));
const stop = (name: string) => stopVm(world.vmm, name, { ...doWait, graceSeconds: 0 });
const status = (name: string) => world.store.findByName(name)?.status;
const states = () => Object.fromEntries(world.store.list().map(({ name, status: { state } }) => [name, state]));
const running = (name: string) => world.until(name, (vm) => vm.status.state === 'RUNNING');
const auto = (autostartOrder = 0): Partial<VmSpec> => ({ autostart: true, autostartOrder });

/** The host goes down with all that runs on it, and comes up again; the service with it. */
async function reboot(): Promise<void> {
  await world.vmm.stop();
  // As the record was when the power went: nobody has seen the ends.
  const before = world.store.list();
  for (const { uid } of before) world.hypervisors.host.crash(uid);
  for (const vm of before) world.store.change(vm.uid, () => vm);
  world.host.bootId = `boot-${++boots}`;
  world.host.uptimeMs = 5_000;
  launches.length = 0;
  await world.restart();
}

/** The launches since the last restart of the host: who, and what the others were then. */
const launches: { name: string; others: Record<string, string> }[] = [];
function watchLaunches(): void {
  launches.length = 0;
  const { host } = world.hypervisors;
  const start = host.start.bind(host);
  host.start = (plan) => {
    launches.push({ name: plan.name, others: states() });
    return start(plan);
  };
}
const order = () => launches.map(({ name }) => name);

test('each has its turn when the one before runs: by order, then by name', async () => {
  await create('late', auto(1000));
  await create('b', auto(1));
  await create('c', { restartPolicy: 'always', autostartOrder: 1 });
  await create('a', auto(1));
  await create('first', auto());
  await create('none');
  watchLaunches();
  await reboot();
  await running('late');
  expect(order()).toEqual(['first', 'a', 'b', 'c', 'late']);
  for (const [i, { others }] of launches.entries()) {
    expect(order().map((name) => others[name])).toEqual(order().map((_, j) => (j < i ? 'RUNNING' : 'STARTING')));
  }
  expect(status('none')).toMatchObject({
    state: 'STOPPED',
    stateReason: expect.stringMatching(/^the host was restarted/),
  });
  expect(status('a')).toMatchObject({
    restarts: { count: 1, reason: expect.stringMatching(/^the host was restarted/) },
  });
  expect(status('a')?.turn).toBeUndefined();
});

test('what was stopped or has failed comes back with autostart only', async () => {
  for (const restartPolicy of ['always', 'never'] as const) {
    await create(`stopped-${restartPolicy}`, { restartPolicy });
    await stop(`stopped-${restartPolicy}`);
  }
  await create('stopped', auto());
  await stop('stopped');
  world.hypervisors.faults.failOnce('launch', new BangerError('internal', 'BROKEN', 'it cannot'));
  await create('failed', auto()).catch(() => undefined);
  expect(status('failed')?.state).toBe('FAILED');
  await reboot();
  await Promise.all(['stopped', 'failed'].map(running));
  expect(states()).toEqual({
    ...{ stopped: 'RUNNING', failed: 'RUNNING' },
    ...{ 'stopped-always': 'STOPPED', 'stopped-never': 'STOPPED' },
  });
  expect(status('failed')?.lastError).toBeUndefined();
});

test('one that fails, under whichever policy, keeps none of the others down', async () => {
  await create('bad', { ...auto(), restartPolicy: 'never' });
  await create('worse', { ...auto(), restartPolicy: 'on-failure' });
  await create('good', auto(1));
  const { host } = world.hypervisors;
  const start = host.start.bind(host);
  host.start = (plan) => {
    if (plan.name !== 'good') throw new BangerError('internal', 'BROKEN', 'it cannot');
    return start(plan);
  };
  await reboot();
  await running('good');
  expect(status('bad')).toMatchObject({ state: 'FAILED', lastError: { reason: 'BROKEN' } });
  expect(status('worse')).toMatchObject({ state: 'STARTING', lastError: { reason: 'BROKEN' } });
  await world.vmm.stop();
});

test('one that takes longer than a boot is waited for no more', async () => {
  await create('slow', auto());
  await create('next', auto(1));
  world.patience = { ...world.patience, bootMs: 200 };
  world.networks.faults.hang('ensure');
  const waiting = reboot();
  await waiting;
  await world.until('next', ({ status: { turn } }) => turn === 'has');
  expect(status('slow')).toMatchObject({ state: 'STARTING', step: 'network', turn: 'has' });
  await world.vmm.stop();
});

/** `first` is at its boot and does not answer; the others wait. */
async function waiting(...others: readonly [string, Partial<VmSpec>][]): Promise<void> {
  await create('first', auto());
  for (const [name, spec] of others) await create(name, spec);
  world.guests.faults.hang('answers');
  watchLaunches();
  await reboot();
  await world.reaches('first', 'boot');
  for (const [name] of others) expect(status(name)).toMatchObject({ state: 'STARTING', step: 'turn', turn: 'waits' });
}

test('a service that is ended in the middle goes on where it was', async () => {
  await waiting(['b', auto(2)], ['a', auto(1)], ['always', { restartPolicy: 'always', autostartOrder: 3 }]);
  await world.restart();
  await world.reaches('first', 'boot');
  expect(order()).toEqual(['first']);
  world.guests.faults.heal();
  await world.restart();
  await running('always');
  expect(order()).toEqual(['first', 'a', 'b', 'always']);
});

test('a host that goes down in the middle begins again', async () => {
  await waiting(['b', auto(2)], ['always', { restartPolicy: 'always', autostartOrder: 3 }], ['a', auto(1)]);
  world.guests.faults.heal();
  await reboot();
  await running('always');
  expect(order()).toEqual(['first', 'a', 'b', 'always']);
});

describe('what a caller wants meanwhile is done at once:', () => {
  test('a start does not wait for its turn', async () => {
    await waiting(['b', auto(2)], ['a', auto(1)]);
    await startVm(world.vmm, 'b', dontWait);
    await world.reaches('b', 'boot');
    expect(order()).toEqual(['first', 'b']);
    expect(status('b')?.restarts).toBeUndefined();
    expect(status('a')?.turn).toBe('waits');
    await world.vmm.stop();
  });

  test.each([
    ['stop', () => stop('b')],
    ['kill', () => killVm(world.vmm, 'b', doWait)],
  ])('after a %s it stays down', async (_verb, call) => {
    await waiting(['b', auto(2)], ['c', auto(3)]);
    expect(await call()).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED' } });
    world.guests.faults.heal();
    await restartVm(world.vmm, 'first', { ...doWait, graceSeconds: 0 });
    await running('c');
    expect(states()).toEqual({ first: 'RUNNING', b: 'STOPPED', c: 'RUNNING' });
    expect(order()).not.toContain('b');
  });

  test('after a deletion of the one that has its turn the next has it', async () => {
    await waiting(['b', auto(2)]);
    await deleteVm(world.vmm, 'first', { ...doWait, force: false });
    await world.reaches('b', 'boot');
    expect(states()).toEqual({ b: 'STARTING' });
    await world.vmm.stop();
  });

  test('another order counts at once', async () => {
    await waiting(['b', auto(2)], ['a', auto(1)]);
    await updateVm(world.vmm, { name: 'b', change: { autostartOrder: 0 }, violations: [] });
    world.guests.faults.heal();
    await restartVm(world.vmm, 'first', { ...doWait, graceSeconds: 0 });
    await running('a');
    expect(order().slice(-2)).toEqual(['b', 'a']);
  });
});

test('what was on its way is finished: created as asked, stopped, deleted', async () => {
  for (const name of ['stopping', 'restarting', 'deleting']) await create(name, { restartPolicy: 'always' });
  world.images.faults.hang('lease');
  await create('creating', {}, dontWait);
  await create('creating-auto', auto(), { ...dontWait, start: false });
  await world.reaches('creating-auto', 'image');
  await world.vmm.stop();
  const cut = (name: string, change: Partial<Vm>, state: Vm['status']['state']) => {
    const { uid } = world.store.findByName(name) as Vm;
    world.store.change(uid, (vm) => ({ ...vm, ...change, status: { ...vm.status, state } }));
  };
  cut('stopping', { goal: 'stopped' }, 'STOPPING');
  cut('restarting', { goal: 'running' }, 'STOPPING');
  cut('deleting', { goal: 'deleted' }, 'DELETING');
  world.images.faults.heal();
  await reboot();
  await Promise.all(['creating', 'creating-auto', 'restarting'].map(running));
  await world.settled('deleting');
  await world.settled('stopping');
  expect(states()).toEqual({
    ...{ creating: 'RUNNING', 'creating-auto': 'RUNNING', restarting: 'RUNNING' },
    stopping: 'STOPPED',
  });
});

test('one whose record could not be written at first has its turn all the same', async () => {
  const { uid } = await create('web', auto());
  await create('other', auto(1));
  const change = world.store.change.bind(world.store);
  let failures = 1;
  world.store.change = (of, edit) => {
    if (of === uid && world.host.bootId !== 'boot-1' && failures-- > 0) throw new Error('the disk is full');
    return change(of, edit);
  };
  await world.vmm.stop();
  for (const vm of world.store.list()) world.hypervisors.host.crash(vm.uid);
  world.host.bootId = 'another';
  await world.restart();
  await Promise.all(['web', 'other'].map(running));
});

test('a restart of the service alone starts nothing', async () => {
  await create('web', auto());
  await stop('web');
  await world.restart();
  expect((await world.settled('web'))?.status.state).toBe('STOPPED');
});
