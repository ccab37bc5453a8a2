import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isBangerError } from '../../../lib/errors.js';
import { creation, dontWait } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { createVm } from './create-vm.js';
import { deleteVm } from './delete-vm.js';
import { killVm } from './kill-vm.js';
import { restartVm } from './restart-vm.js';
import { startVm } from './start-vm.js';
import { stopVm } from './stop-vm.js';
import { updateVm } from './update-vm.js';

/** Whatever is asked of a VM, in whatever order and at whatever moment, it ends where the last answer said. */

type End = 'absent' | 'stopped' | 'running';

/** What a caller may do, and where it leads to a VM that is on its way to `end`. Undefined: refused. */
const commands = {
  create: (end: End): End | undefined => (end === 'absent' ? 'running' : undefined),
  createStopped: (end: End): End | undefined => (end === 'absent' ? 'stopped' : undefined),
  start: (end: End): End | undefined => (end === 'absent' ? undefined : 'running'),
  stop: (end: End): End | undefined => (end === 'absent' ? undefined : 'stopped'),
  kill: (end: End): End | undefined => (end === 'absent' ? undefined : 'stopped'),
  restart: (end: End): End | undefined => (end === 'absent' ? undefined : 'running'),
  // Accepted again while the deletion goes on.
  delete: (): End => 'absent',
  update: (end: End): End | undefined => (end === 'absent' ? undefined : end),
  serviceRestart: (end: End): End => end,
  settle: (end: End): End => end,
} as const;
type Command = keyof typeof commands;

async function run(world: FakeWorld, command: Command): Promise<unknown> {
  const order = { ...dontWait, graceSeconds: 1 };
  switch (command) {
    case 'create':
      return createVm(world.vmm, creation({ ...dontWait, spec: { workDiskMib: 64 } }));
    case 'createStopped':
      return createVm(world.vmm, creation({ ...dontWait, start: false }));
    case 'start':
      return startVm(world.vmm, 'web', dontWait);
    case 'stop':
      return stopVm(world.vmm, 'web', order);
    case 'kill':
      return killVm(world.vmm, 'web', dontWait);
    case 'restart':
      return restartVm(world.vmm, 'web', order);
    case 'delete':
      return deleteVm(world.vmm, 'web', { ...dontWait, force: true });
    case 'update':
      // Not awaited: it waits for the worker, and the next command shall not.
      void updateVm(world.vmm, 'web', { nat: true }).catch(() => undefined);
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

/** A refusal that the model does not know: the VM is still on its way out. */
function isBeingDeleted(error: unknown): boolean {
  return isBangerError(error, 'VM_DELETING');
}

const script = fc.array(
  fc.record({
    command: fc.constantFrom(...(Object.keys(commands) as Command[])),
    pause: fc.integer({ min: 0, max: 12 }),
  }),
  { maxLength: 12 },
);

test('a vm ends where the last accepted command leads it, and nothing else is left', async () => {
  await fc.assert(
    fc.asyncProperty(script, fc.integer({ min: 0, max: 4 }), async (steps, slowness) => {
      const world = new FakeWorld();
      for (const part of [world.images, world.networks, world.disks, world.guests]) part.faults.turns = slowness;
      let end: End = 'absent';
      for (const { command, pause } of steps) {
        const expected: End | undefined = commands[command](end);
        const outcome = await run(world, command).then(
          () => 'done',
          (error) => (isBeingDeleted(error) ? 'deleting' : 'refused'),
        );
        if (outcome === 'done' && command !== 'update') end = expected ?? end;
        if (outcome === 'done' && expected === undefined && command !== 'update') {
          throw new Error(`${command} was accepted on its way to ${end}`);
        }
        await turns(pause);
      }
      await settleAll(world);
      expect(world.store.findByName('web')?.status.state).toBe(
        { absent: undefined, stopped: 'STOPPED', running: 'RUNNING' }[end],
      );
      const processes = world.hypervisor.host.processes.filter((process) => process.alive);
      expect(processes).toHaveLength(end === 'running' ? 1 : 0);
      if (end === 'absent') expect(world.leftovers()).toBe('');
      await world.vmm.stop();
      world.database.close();
    }),
    { numRuns: 300 },
  );
}, 120_000);

async function settleAll(world: FakeWorld): Promise<void> {
  await world.settled('web');
  await turns(20);
  await world.settled('web');
}
