import { beforeEach, expect, test } from '@jest/globals';
import { creation, doWait, emptySpec } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { newVm, type VmState, withStatus } from '../domain/vm.js';
import { createVm } from './create-vm.js';
import { Machines } from './machines.js';
import type { Machine, MachineEnd } from './ports.js';

/** Which end of a hypervisor becomes an end of its VM. */

const uid = 'a'.repeat(16);
let world: FakeWorld;
let machines: Machines;
beforeEach(() => {
  world = new FakeWorld();
  machines = new Machines(world, () => undefined);
  world.store.insert(newVm({ uid, name: 'web', spec: emptySpec, start: true, now: 0 }));
});

const enter = (state: VmState) => world.store.change(uid, (vm) => withStatus(vm, { state }));
const state = () => world.store.get(uid)?.status.state;
const heard = () => new Promise((resolve) => setImmediate(resolve));

/** A machine that ends when it is told so. */
function machine(pid: number) {
  let tell: (end: MachineEnd) => void = () => undefined;
  const ended = new Promise<MachineEnd>((resolve) => {
    tell = resolve;
  });
  const made = { uid, process: { pid, startTime: 1 }, ended, end: async () => tell({ cause: 'ended' }) };
  return { machine: made as unknown as Machine, tell };
}

const crash: MachineEnd = { cause: 'crashed', detail: 'signal 9' };

test('an end that a worker may not have seen is recorded when its vm has settled', async () => {
  const { machine: first, tell } = machine(1);
  enter('STARTING');
  machines.add(first);
  tell(crash);
  await heard();
  expect(state()).toBe('STARTING');
  enter('RUNNING');
  machines.catchUp(uid);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'FAILED', lastError: { reason: 'HYPERVISOR_CRASHED' } });
});

test('the end of a former one is none of the next', async () => {
  const [first, second] = [machine(1), machine(2)];
  enter('STARTING');
  machines.add(first.machine);
  first.tell(crash);
  await heard();
  machines.add(second.machine);
  enter('RUNNING');
  machines.catchUp(uid);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'RUNNING', process: { pid: 2 } });
  expect(machines.get(uid)).toBe(second.machine);
});

test('one that has taken another’s place does not go with it', async () => {
  const [first, second] = [machine(1), machine(2)];
  enter('RUNNING');
  machines.add(first.machine);
  machines.add(second.machine);
  first.tell(crash);
  await heard();
  expect([state(), machines.get(uid)]).toEqual(['RUNNING', second.machine]);
});

test('an end of ours is no end of the vm by itself', async () => {
  const { machine: first, tell } = machine(1);
  enter('RUNNING');
  machines.add(first);
  tell({ cause: 'ended' });
  await heard();
  machines.catchUp(uid);
  expect([state(), machines.get(uid)]).toEqual(['RUNNING', undefined]);
});

test('one that nobody follows is ended too', async () => {
  const web = await createVm(world.vmm, creation({ name: 'other', ...doWait }));
  expect(world.hypervisors.host.running(web.uid)).toBeDefined();
  await machines.end(web.uid);
  expect(world.hypervisors.host.running(web.uid)).toBeUndefined();
});

test('one that could not be ended and ends later leaves no pid behind, and the failure as it was told', async () => {
  const { machine: first, tell } = machine(1);
  machines.add(first);
  enter('FAILED');
  tell(crash);
  await heard();
  const { status } = world.store.get(uid) ?? {};
  expect({ state: status?.state, process: status?.process, error: status?.lastError }).toEqual({ state: 'FAILED' });
});
