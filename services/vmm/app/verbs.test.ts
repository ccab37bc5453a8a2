import { beforeEach, describe, expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { creation, dontWait, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { Vm } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { killVm } from './kill-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});

const create = (change?: Parameters<typeof creation>[0]) => createVm(world.vmm, creation(change));
const stop = (wait = true, graceSeconds = 0) => stopVm(world.vmm, 'web', { wait, graceSeconds, signal: never });
const restart = () => restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 0 });
const remove = (force = true) => deleteVm(world.vmm, 'web', { ...doWait, force });
const process = (vm: Vm) => world.hypervisors.host.running(vm.uid);

/** A VM whose worker is at a step that does not end by itself. */
async function stuckAt(step: string, begin: () => Promise<unknown>): Promise<void> {
  const begun = begin();
  await world.reaches('web', step);
  await begun;
}

describe('stop', () => {
  test('asks the guest, which powers off', async () => {
    const vm = await create();
    const running = process(vm);
    const stopped = await stop();
    expect(stopped).toMatchObject({ goal: 'stopped', status: { state: 'STOPPED', network: vm.status.network } });
    expect(stopped.status.process).toBeUndefined();
    expect(running).toMatchObject({ alive: false, presses: 1 });
  });

  test('ends the hypervisor of a guest that does not listen, after its grace', async () => {
    const vm = await create();
    world.hypervisors.host.deafGuests = true;
    const begun = await stop(false, 1);
    expect(begun.status).toMatchObject({ state: 'STOPPING', stopOrder: { graceSeconds: 1 } });
    await world.settled('web');
    expect(process(vm)).toBeUndefined();
    expect(world.store.findByName('web')?.status.state).toBe('STOPPED');
  });

  test('goes on when the hypervisor does not hear the button', async () => {
    await create();
    world.hypervisors.faults.failAlways('pressPowerButton', new Error('deaf'));
    expect((await stop(true, 1)).status.state).toBe('STOPPED');
  });

  test('ends a start at once', async () => {
    world.guests.faults.hang('answers');
    await stuckAt('boot', () => create(dontWait));
    expect((await stop()).status.state).toBe('STOPPED');
    expect(world.hypervisors.host.processes.every((each) => !each.alive)).toBe(true);
  });

  test('of a stopped vm changes nothing', async () => {
    const { revision } = await create({ start: false });
    expect((await stop()).revision).toBe(revision);
  });

  test.each([-1, 3601, 1.5])('with %s seconds of grace is refused', async (graceSeconds) => {
    await create();
    await expect(stop(true, graceSeconds)).rejects.toMatchObject({ fields: [{ field: 'grace_seconds' }] });
    await expect(restartVm(world.vmm, 'web', { ...doWait, graceSeconds })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('kill', () => {
  test('does not ask', async () => {
    const vm = await create();
    const running = process(vm);
    expect((await killVm(world.vmm, 'web', doWait)).status.state).toBe('STOPPED');
    expect(running).toMatchObject({ alive: false, presses: 0 });
  });

  test('ends a stop that waits for its guest', async () => {
    await create();
    world.hypervisors.host.deafGuests = true;
    const stopping = stop(true, 3600);
    expect((await killVm(world.vmm, 'web', doWait)).status.state).toBe('STOPPED');
    expect((await stopping).status.state).toBe('STOPPED');
  });

  test('ends a creation that waits for a peer', async () => {
    world.networks.faults.hang('ensure');
    await stuckAt('network', () => create(dontWait));
    expect((await killVm(world.vmm, 'web', doWait)).status.state).toBe('STOPPED');
    world.networks.faults.heal();
    expect((await startVm(world.vmm, 'web', doWait)).status.state).toBe('RUNNING');
  });
});

describe('restart', () => {
  test('gives a new process, the same address and the same disk', async () => {
    const before = await create();
    const after = await restart();
    expect(after.status.process).not.toEqual(before.status.process);
    expect(after.status).toMatchObject({ network: before.status.network, sshHostKey: before.status.sshHostKey });
  });

  test('starts what is stopped, and what has failed', async () => {
    world.hypervisors.faults.failOnce('launch', new Error('no'));
    await expect(create()).rejects.toMatchObject({ reason: 'INTERNAL' });
    expect((await restart()).status.state).toBe('RUNNING');
    await stop();
    expect((await restart()).status.state).toBe('RUNNING');
  });

  test('is taken back by a stop on the way down', async () => {
    await create();
    world.hypervisors.host.deafGuests = true;
    const restarting = restartVm(world.vmm, 'web', { ...doWait, graceSeconds: 1 });
    await world.until('web', ({ status }) => status.state === 'STOPPING');
    const stopping = stop();
    await expect(restarting).rejects.toMatchObject({ kind: 'conflict', reason: 'SUPERSEDED' });
    expect((await stopping).status.state).toBe('STOPPED');
  });
});

describe('start', () => {
  test('of a running vm changes nothing', async () => {
    const { revision } = await create();
    expect((await startVm(world.vmm, 'web', doWait)).revision).toBe(revision);
  });

  test('during a stop runs it again afterwards', async () => {
    const before = await create();
    await stop(false);
    const after = await startVm(world.vmm, 'web', doWait);
    expect(after.status.process).not.toEqual(before.status.process);
  });

  test('that another request turns into a stop fails for the one who waits', async () => {
    await create({ start: false });
    world.guests.faults.hang('answers');
    const starting = startVm(world.vmm, 'web', doWait);
    await world.until('web', ({ status }) => status.state === 'STARTING');
    await stop();
    await expect(starting).rejects.toMatchObject({ kind: 'conflict', reason: 'SUPERSEDED' });
  });

  test('goes on when the caller waits no longer', async () => {
    await create({ start: false });
    const gone = new AbortController();
    const starting = startVm(world.vmm, 'web', { wait: true, signal: gone.signal });
    const reason = new Error('the caller went');
    gone.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect((await world.settled('web'))?.status.state).toBe('RUNNING');
  });

  test('of a vm that does not exist names it', async () => {
    const failed = startVm(world.vmm, 'none', doWait);
    await expect(failed).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('none') });
  });
});

describe('delete', () => {
  /** How a vm gets into each state that it can be deleted from. */
  const ways: Record<string, () => Promise<unknown>> = {
    stopped: () => create({ start: false }),
    running: () => create(),
    'being created': () => {
      world.networks.faults.hang('ensure');
      return stuckAt('network', () => create(dontWait));
    },
    starting: () => {
      world.guests.faults.hang('answers');
      return stuckAt('boot', () => create(dontWait));
    },
    stopping: async () => {
      await create();
      world.hypervisors.host.deafGuests = true;
      await stop(false, 3600);
    },
    failed: () => {
      world.hypervisors.faults.failOnce('launch', new Error('no'));
      return create().catch(() => undefined);
    },
  };

  test.each(Object.entries(ways))('of a vm that is %s leaves nothing', async (_state, begin) => {
    await begin();
    await remove();
    expect(world.store.list()).toEqual([]);
    expect(world.leftovers()).toBe('');
  });

  test('of a running vm needs force', async () => {
    await create();
    await expect(remove(false)).rejects.toMatchObject({
      reason: 'VM_RUNNING',
      message: expect.stringContaining('--force'),
    });
    expect(world.store.findByName('web')?.status.state).toBe('RUNNING');
  });

  test('waits for peers that are away, however long', async () => {
    await create({ start: false });
    world.patience = { ...world.patience, peerMs: 0 };
    for (let i = 0; i < 3; i++) {
      world.networks.faults.failOnce('release', new BangerError('unavailable', 'SERVICE_UNREACHABLE', 'away'));
    }
    await remove(false);
    expect(world.leftovers()).toBe('');
  });

  test('that fails says why, keeps the disk, and can be repeated', async () => {
    const { uid } = await create({ start: false });
    world.images.faults.failOnce('release', new BangerError('internal', 'INTERNAL', 'broken'));
    await expect(remove(false)).rejects.toMatchObject({ message: 'broken' });
    expect(world.store.findByName('web')?.status.state).toBe('FAILED');
    expect(world.disks.sets.has(uid)).toBe(true);
    await remove();
    expect(world.leftovers()).toBe('');
  });

  test('ends the wait of those who wait for something else', async () => {
    world.guests.faults.hang('answers');
    const starting = create();
    await stuckAt('boot', async () => undefined);
    await remove();
    await expect(starting).rejects.toMatchObject({ reason: 'SUPERSEDED' });
  });

  test('refuses other verbs meanwhile', async () => {
    await create();
    world.networks.faults.hang('release');
    await deleteVm(world.vmm, 'web', { ...dontWait, force: true });
    for (const verb of [
      stop,
      restart,
      () => startVm(world.vmm, 'web', doWait),
      () => killVm(world.vmm, 'web', doWait),
    ]) {
      await expect(verb()).rejects.toMatchObject({ kind: 'wrong-state', reason: 'VM_DELETING' });
    }
  });
});
