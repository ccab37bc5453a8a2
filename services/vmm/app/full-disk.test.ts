import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { BangerError, commonReasons } from '../../../lib/errors.js';
import { creation, doWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';

/** What the record could not take, on a full disk, becomes true when there is space again: no restart is needed. */

const fullDisk = () => new BangerError('exhausted', commonReasons.STORAGE_UNWRITABLE, 'the disk is full');

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Until there is space again, nothing can be recorded. */
function fillDisk(): { free(): void } {
  const { transaction } = world.database;
  world.database.transaction = () => {
    throw fullDisk();
  };
  return {
    free: () => {
      world.database.transaction = transaction;
    },
  };
}

async function timePasses(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    jest.advanceTimersByTime(2_000);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a vm that ended while the service was away, which could not be recorded at its start, is recorded later', async () => {
  const { uid } = await createVm(world.vmm, creation());
  await world.vmm.stop();
  world.hypervisors.host.crash(uid);
  const disk = fillDisk();
  await world.restart();
  await timePasses();
  expect(world.store.get(uid)?.status.state).toBe('RUNNING');
  disk.free();
  await timePasses();
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'STOPPED', lastError: { reason: 'HYPERVISOR_GONE' } });
});

test('a hypervisor that could not be recorded at the start of the service is followed all the same', async () => {
  const { uid } = await createVm(world.vmm, creation());
  const disk = fillDisk();
  await world.restart();
  world.hypervisors.host.guestPowersOff(uid);
  disk.free();
  await timePasses();
  expect(world.store.get(uid)?.status.state).toBe('STOPPED');
});

test('a disk that the record still tells of is not taken away by a start that fails', async () => {
  const made = new Promise<void>((resolve) => {
    world.keys.faults.onCall = (call) => call === 'writeKnownHosts' && resolve();
  });
  world.keys.faults.failOnce('writeKnownHosts', fullDisk());
  const created = createVm(world.vmm, creation());
  await made;
  const disk = fillDisk();
  await timePasses();
  disk.free();
  await timePasses();
  expect((await created).status.state).toBe('RUNNING');
});

test('a turn to start after a restart of the host that could not be recorded is given when it can be', async () => {
  await world.restart();
  const { uid } = await createVm(world.vmm, creation({ spec: { autostart: true } }));
  await world.vmm.stop();
  world.hypervisors.host.crash(uid);
  world.host.bootId = 'boot-2';
  const change = world.store.change.bind(world.store);
  let failures = 1;
  world.store.change = (of, edit) =>
    change(of, (vm) => {
      const after = edit(vm);
      if (after.status.turn === 'has' && failures-- > 0) throw fullDisk();
      return after;
    });
  await world.restart();
  await timePasses();
  expect(failures).toBeLessThan(1);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', restarts: { count: 1 } });
});

test('the host key of a vm that is gone is forgotten as soon as the file can be written', async () => {
  await createVm(world.vmm, creation());
  world.keys.faults.failOnce('writeKnownHosts', fullDisk());
  await deleteVm(world.vmm, 'web', { ...doWait, force: true });
  await timePasses();
  expect(world.leftovers()).toBe('');
});

test('a service that cannot record anything can be stopped at once', async () => {
  const { uid } = await createVm(world.vmm, creation());
  await world.vmm.stop();
  world.hypervisors.host.crash(uid);
  fillDisk();
  await world.restart();
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  // No timer is advanced: nothing of the pause before the next try is waited for.
  await world.vmm.stop();
});
