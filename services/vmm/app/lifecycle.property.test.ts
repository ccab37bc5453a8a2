import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBangerError } from '../../../lib/errors.js';
import { creation, dontWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import type { RestartPolicy } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { killVm } from './kill-vm.js';
import { pauseVm } from './pause-vm.js';
import { restartVm } from './restart-vm.js';
import { resumeVm } from './resume-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

/**
 * Whatever is asked of a VM and whatever its guest does, in whatever order and at whatever moment, it ends where the last
 * answer, or the guest under its restart policy, has led it.
 */

type End = 'absent' | 'stopped' | 'running' | 'paused' | 'failed';

/** Whether the VM is there and was to run at the last look. */
const isUp = (end: End) => end === 'running' || end === 'paused';

/** What a caller may do, and where it leads to a VM that is on its way to `end`. Undefined: refused. */
const commands = {
  create: (end: End): End | undefined => (end === 'absent' ? 'running' : undefined),
  createStopped: (end: End): End | undefined => (end === 'absent' ? 'stopped' : undefined),
  start: (end: End): End | undefined => (end === 'absent' ? undefined : 'running'),
  stop: (end: End): End | undefined => (end === 'absent' ? undefined : 'stopped'),
  kill: (end: End): End | undefined => (end === 'absent' ? undefined : 'stopped'),
  restart: (end: End): End | undefined => (end === 'absent' ? undefined : 'running'),
  pause: (end: End): End | undefined => (isUp(end) ? 'paused' : undefined),
  resume: (end: End): End | undefined => (isUp(end) ? 'running' : undefined),
  // Accepted again while the deletion goes on.
  delete: (): End => 'absent',
  update: (end: End): End | undefined => (end === 'absent' ? undefined : end),
  serviceRestart: (end: End): End => end,
  settle: (end: End): End => end,
} as const;
type Command = keyof typeof commands;

/** What a guest may do by itself, and where that leads under its policy. */
const ends = {
  powerOff: (policy: RestartPolicy): End => (policy === 'always' ? 'running' : 'stopped'),
  reboot: (): End => 'running',
  panic: (policy: RestartPolicy): End => (policy === 'never' ? 'failed' : 'running'),
  crash: (policy: RestartPolicy): End => (policy === 'never' ? 'failed' : 'running'),
} as const;
type OwnEnd = keyof typeof ends;

async function run(world: FakeWorld, command: Command, restartPolicy: RestartPolicy): Promise<unknown> {
  const order = { ...dontWait, graceSeconds: 1 };
  switch (command) {
    case 'create':
      return createVm(world.vmm, creation({ ...dontWait, spec: { workDiskMib: 64, restartPolicy } }));
    case 'createStopped':
      return createVm(world.vmm, creation({ ...dontWait, start: false, spec: { restartPolicy } }));
    case 'start':
      return startVm(world.vmm, 'web', dontWait);
    case 'stop':
      return stopVm(world.vmm, 'web', order);
    case 'kill':
      return killVm(world.vmm, 'web', dontWait);
    case 'restart':
      return restartVm(world.vmm, 'web', order);
    case 'pause':
      return pauseVm(world.vmm, 'web', dontWait);
    case 'resume':
      return resumeVm(world.vmm, 'web', dontWait);
    case 'delete':
      return deleteVm(world.vmm, 'web', { ...dontWait, force: true });
    case 'update':
      // Not awaited: it waits for the worker, and the next command shall not.
      void updateVm(world.vmm, { name: 'web', change: { nat: true }, violations: [] }).catch(() => undefined);
      return undefined;
    case 'serviceRestart':
      return world.restart();
    case 'settle':
      return world.settled('web');
  }
}

/** Some turns of the event loop, so that workers get a different way each time. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Does what a guest does when its VM is settled, after it was well for a minute, so that nothing waits. False when there
 * is no such guest. The end is seen when this returns.
 */
async function endByItself(world: FakeWorld, end: OwnEnd): Promise<boolean> {
  const { host } = world.hypervisors;
  const vm = world.store.findByName('web');
  if (vm === undefined || !['RUNNING', 'PAUSED'].includes(vm.status.state)) return false;
  world.host.time += 60_000;
  if (end === 'powerOff') host.guestPowersOff(vm.uid);
  else if (end === 'reboot') host.guestReboots(vm.uid);
  else if (end === 'panic') host.guestPanics(vm.uid);
  else host.crash(vm.uid);
  await turns(1);
  return true;
}

/** A refusal that the model does not know: the VM is still on its way to or from where the verb makes sense. */
function dependsOnTheMoment(error: unknown): boolean {
  return isBangerError(error, 'VM_DELETING') || isBangerError(error, 'VM_WRONG_STATE');
}

type Outcome = 'done' | 'not now' | 'refused';

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  return work.then(
    () => 'done',
    (error) => (dependsOnTheMoment(error) ? 'not now' : 'refused'),
  );
}

/** Does one step, and says where the VM is led after it. */
async function take(world: FakeWorld, step: Command | OwnEnd, end: End, policy: RestartPolicy): Promise<End> {
  if (isOwnEnd(step)) return (await endByItself(world, step)) ? ends[step](policy) : end;
  const expected: End | undefined = commands[step](end);
  const outcome = await outcomeOf(run(world, step, policy));
  if (outcome !== 'done' || step === 'update') return end;
  if (expected === undefined) throw new Error(`${step} was accepted on its way to ${end}`);
  return expected;
}

function isOwnEnd(step: Command | OwnEnd): step is OwnEnd {
  return step in ends;
}

const script = fc.array(
  fc.record({
    step: fc.constantFrom(...(Object.keys(commands) as Command[]), ...(Object.keys(ends) as OwnEnd[])),
    pause: fc.integer({ min: 0, max: 12 }),
  }),
  { maxLength: 14 },
);
const policies = fc.constantFrom<RestartPolicy>('never', 'on-failure', 'always');
const stateOf = { absent: undefined, stopped: 'STOPPED', running: 'RUNNING', paused: 'PAUSED', failed: 'FAILED' };

test('a vm ends where it was led last, and nothing else is left', async () => {
  await fc.assert(
    fc.asyncProperty(script, policies, fc.integer({ min: 0, max: 4 }), async (steps, policy, slowness) => {
      const world = new FakeWorld();
      for (const part of [world.images, world.networks, world.disks, world.guests]) part.faults.turns = slowness;
      let end: End = 'absent';
      for (const { step, pause } of steps) {
        end = await take(world, step, end, policy);
        await turns(pause);
      }
      await settleAll(world);
      expect(world.store.findByName('web')?.status.state).toBe(stateOf[end]);
      const processes = world.hypervisors.host.processes.filter((process) => process.alive);
      expect(processes.map((process) => process.paused)).toEqual(isUp(end) ? [end === 'paused'] : []);
      if (end === 'absent') expect(world.leftovers()).toBe('');
      await world.vmm.stop();
      world.database.close();
    }),
    { numRuns: 500 },
  );
});

async function settleAll(world: FakeWorld): Promise<void> {
  await world.settled('web');
  await turns(20);
  await world.settled('web');
}
