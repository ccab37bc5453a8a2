import { beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { BangerError } from '../../../lib/errors.js';
import { creation, doWait, never } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { HypervisorKind } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { killVm } from './kill-vm.js';
import { pauseVm } from './pause-vm.js';
import { stopVm } from './stop-vm.js';

/** How a guest is asked to power off. */

let world: FakeWorld;
/** The ways in which it was asked, in order. */
let asked: string[];
beforeEach(() => {
  world = new FakeWorld();
  world.patience = { ...world.patience, askMs: 10 };
  asked = [];
});

const stop = (graceSeconds = 0) => stopVm(world.vmm, 'web', { ...doWait, graceSeconds });

/** A VM whose guest powers off when it is asked in this way. */
async function guestThatHears(way: 'button' | 'guest' | 'nothing', kind: HypervisorKind) {
  const vm = await createVm(world.vmm, creation({ spec: { hypervisor: kind } }));
  const process = world.hypervisors.host.running(vm.uid);
  world.hypervisors.host.deafGuests = way !== 'button';
  world.hypervisors.faults.onCall = (call) => {
    if (call === 'pressPowerButton') asked.push('button');
  };
  world.guests.onCommand = (_guest, argv) => {
    asked.push(argv.join(' ') === 'poweroff' ? 'guest' : `guest: ${argv.join(' ')}`);
    if (way === 'guest') world.hypervisors.host.guestPowersOff(vm.uid);
  };
  return process;
}

test.each([
  ['qemu', 'button', ['button']],
  ['qemu', 'guest', ['button', 'guest']],
  ['firecracker', 'guest', ['guest']],
  ['firecracker', 'button', ['guest', 'button']],
] as const)('a guest of %s that hears the %s is asked: %j', async (kind, way, order) => {
  const process = await guestThatHears(way, kind);
  expect((await stop()).status.state).toBe('STOPPED');
  expect(asked).toEqual(order);
  expect(process?.alive).toBe(false);
});

test('a guest that cannot be reached over ssh is asked by the button', async () => {
  await guestThatHears('button', 'firecracker');
  world.guests.faults.failAlways('run', new BangerError('unavailable', 'GUEST_COMMAND_FAILED', 'no ssh'));
  expect((await stop()).status.state).toBe('STOPPED');
  expect(asked).toEqual(['button']);
});

test('an ssh that hangs does not keep the button waiting', async () => {
  await guestThatHears('button', 'firecracker');
  world.guests.faults.hang('run');
  expect((await stop()).status.state).toBe('STOPPED');
  expect(asked).toEqual(['button']);
});

test('a guest that hears nothing is asked in turns until its grace ends', async () => {
  const process = await guestThatHears('nothing', 'qemu');
  expect((await stop(1)).status.state).toBe('STOPPED');
  expect(asked.length).toBeGreaterThanOrEqual(2);
  expect(asked).toEqual(asked.map((_, turn) => (turn % 2 === 0 ? 'button' : 'guest')));
  expect(process?.alive).toBe(false);
});

test('a grace is not longer than it was, though the clock is set back', async () => {
  await guestThatHears('nothing', 'qemu');
  world.patience = { ...world.patience, askMs: 60_000 };
  const stopping = stopVm(world.vmm, 'web', { wait: false, graceSeconds: 1, signal: never });
  world.host.time -= 3_600_000;
  await stopping;
  await world.settled('web');
  expect(world.store.findByName('web')?.status.state).toBe('STOPPED');
});

test('a paused guest goes on before it is asked', async () => {
  const process = await guestThatHears('button', 'qemu');
  await pauseVm(world.vmm, 'web', doWait);
  expect((await stop()).status.state).toBe('STOPPED');
  expect(process).toMatchObject({ alive: false, paused: false });
  expect(asked).toEqual(['button']);
});

test('a paused guest that does not go on is ended after its grace', async () => {
  const process = await guestThatHears('nothing', 'qemu');
  await pauseVm(world.vmm, 'web', doWait);
  world.hypervisors.faults.failAlways('resume', new Error('deaf'));
  expect((await stop(1)).status.state).toBe('STOPPED');
  expect(process?.alive).toBe(false);
});

test('a kill asks nobody, paused or not', async () => {
  const process = await guestThatHears('button', 'firecracker');
  await pauseVm(world.vmm, 'web', doWait);
  expect((await killVm(world.vmm, 'web', doWait)).status.state).toBe('STOPPED');
  expect(process).toMatchObject({ alive: false, paused: true });
  expect(asked).toEqual([]);
});

test.each(['resume', 'pressPowerButton'])('a kill does not wait for a hypervisor that hangs at %s', async (call) => {
  const process = await guestThatHears('nothing', 'qemu');
  world.hypervisors.faults.hang(call);
  const stopping = stopVm(world.vmm, 'web', { wait: false, graceSeconds: 600, signal: never });
  await stopping;
  const reached = () => world.hypervisors.faults.calls.includes(call);
  await pollUntil(reached, { what: `${call} hangs`, timeoutMs: 60_000, everyMs: 1 });
  expect((await killVm(world.vmm, 'web', doWait)).status.state).toBe('STOPPED');
  expect(process?.alive).toBe(false);
});

test('a hypervisor that hangs is ended after the grace', async () => {
  const process = await guestThatHears('nothing', 'firecracker');
  for (const call of ['resume', 'pressPowerButton']) world.hypervisors.faults.hang(call);
  expect((await stop(1)).status.state).toBe('STOPPED');
  expect(process?.alive).toBe(false);
});
