import { beforeEach, expect, test } from '@jest/globals';
import { emptySpec } from '../../../test/fakes/requests.js';
import { FakeWorld } from '../../../test/fakes/world.js';
import { answered, halted } from '../domain/moves.js';
import { newVm, type Vm, type VmState, withStatus } from '../domain/vm.js';
import { killVm } from './kill-vm.js';
import { Machines } from './machines.js';
import { type Moves, type Task, Workers } from './workers.js';

/** One move at a time for a VM, whoever wants what of it, and at whatever moment. */

let world: FakeWorld;
let workers: Workers;
const diary: string[] = [];
/** What each move does between its begin and its end. */
let during: Record<string, (task: Task) => Promise<void>>;

beforeEach(() => {
  world = new FakeWorld();
  diary.length = 0;
  during = {};
  const move = (name: string, outcome: (task: Task) => void) => async (task: Task) => {
    diary.push(`${task.vm.name} ${name}`);
    await during[name]?.(task).finally(() => diary.push(`${task.vm.name} ${name} ends`));
    outcome(task);
  };
  const moves = {
    boot: move('boot', (task) => void task.update((vm) => answered(vm, 5))),
    halt: move('halt', (task) => void task.update(halted)),
  } as unknown as Moves;
  const machines = new Machines(world, () => undefined);
  workers = new Workers(world, { machines, catchUp: async () => undefined }, moves);
});

function starting(name: string, state: VmState = 'STARTING'): Vm {
  const vm = newVm({ uid: name.repeat(16).slice(0, 16), name, spec: emptySpec, start: true, now: 0 });
  return world.store.insert(withStatus(vm, { state }));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('a vm that is woken again and again has one move at a time, and no more than it needs', async () => {
  const { uid } = starting('a');
  during = { boot: () => turns(10) };
  for (let wake = 0; wake < 5; wake++) {
    workers.wake(uid);
    await turns(1);
  }
  await workers.idle(uid);
  expect(diary).toEqual(['a boot', 'a boot ends']);
  expect(world.store.get(uid)?.status.state).toBe('RUNNING');
  expect(workers.isAt(uid)).toBe(false);
});

test('a move that is overtaken is told so, ends before the next begins, and writes nothing more', async () => {
  const { uid } = starting('a');
  let late: unknown;
  during = {
    boot: async (task) => {
      await aborted(task.signal);
      await turns(10);
      try {
        task.update((vm) => withStatus(vm, { step: 'too late' }));
      } catch (error) {
        late = error;
      }
    },
  };
  workers.wake(uid);
  await turns(1);
  await killVm({ world, workers }, 'a', { wait: true, signal: new AbortController().signal });
  await workers.idle(uid);
  expect(diary).toEqual(['a boot', 'a boot ends', 'a halt']);
  expect(late).toMatchObject({ message: 'another verb took over' });
  const { status, goal } = world.store.get(uid) as Vm;
  expect([goal, status.state, status.step, status.lastError]).toEqual(['stopped', 'STOPPED', '', undefined]);
});

test('a vm that a move leaves on its way goes on', async () => {
  const { uid } = starting('a', 'STOPPING');
  workers.wake(uid);
  await workers.idle(uid);
  expect(diary).toEqual(['a halt', 'a boot']);
  expect(world.store.get(uid)?.status.state).toBe('RUNNING');
});

test('vms do not wait for each other', async () => {
  const [a, b] = [starting('a'), starting('b')];
  during = { boot: ({ vm }) => turns(vm.name === 'a' ? 20 : 2) };
  for (const { uid } of [a, b]) workers.wake(uid);
  await Promise.all([a, b].map(({ uid }) => workers.idle(uid)));
  expect(diary).toEqual(['a boot', 'b boot', 'b boot ends', 'a boot ends']);
});

test('a caller that goes is not kept; what it asked for is done', async () => {
  const { uid } = starting('a');
  during = { boot: ({ signal }) => aborted(signal), halt: () => turns(20) };
  workers.wake(uid);
  await turns(1);
  const caller = new AbortController();
  const killing = killVm({ world, workers }, 'a', { wait: true, signal: caller.signal });
  await turns(5);
  caller.abort(new Error('the caller has gone'));
  await expect(killing).rejects.toThrow('the caller has gone');
  expect(diary).not.toContain('a halt ends');
  await workers.idle(uid);
  expect(diary).toContain('a halt ends');
  expect(world.store.get(uid)?.status.state).toBe('STOPPED');
});

test('a service that stops has each move end where it is', async () => {
  const { uid } = starting('a');
  during = { boot: ({ signal }) => aborted(signal) };
  workers.wake(uid);
  await turns(1);
  await workers.stop();
  workers.wake(uid);
  await turns(5);
  expect(diary).toEqual(['a boot', 'a boot ends']);
  expect(world.store.get(uid)?.status).toMatchObject({ state: 'STARTING' });
});
