import { expect, test } from '@jest/globals';
import { emptySpec } from '../../../test/fakes/requests.js';
import { admit } from './admission.js';
import { begun, firstInTurn, queued, startsWithHost } from './turns.js';
import { newVm, type Vm, type VmSpec, type VmState, withStatus } from './vm.js';

function vm(name: string, state: VmState, spec: Partial<VmSpec> = {}, goal: Vm['goal'] = 'running'): Vm {
  const made = newVm({ uid: name, name, spec: { ...emptySpec, ...spec }, start: true, now: 0 });
  return { ...withStatus(made, { state }), goal };
}

test('the first is that of the lowest order, then of the first name, however they come', () => {
  const waiting = ['c', 'b', 'd', 'a'].map((name) =>
    queued(vm(name, 'RUNNING', { autostartOrder: name === 'a' ? 1 : 0 }), 'why', 0),
  );
  const order: string[] = [];
  for (let left = waiting; left.length > 0; ) {
    const first = firstInTurn(left) as Vm;
    order.push(first.name);
    left = left.filter((each) => each !== first);
  }
  expect(order).toEqual(['b', 'c', 'd', 'a']);
  expect(firstInTurn([vm('a', 'STARTING'), vm('b', 'RUNNING')])).toBeUndefined();
});

test('one that has its turn keeps it; one that waits for none is given none', () => {
  const waits = queued(vm('a', 'RUNNING'), 'why', 5);
  const has = begun(waits);
  expect([waits.status.turn, has.status.turn, begun(has)]).toEqual(['waits', 'has', has]);
  expect(has.status.restarts).toEqual({ count: 1, quick: 0, notBefore: 5, reason: 'why' });
  const other = vm('b', 'RUNNING');
  expect(begun(other)).toBe(other);
});

test('what starts with the host: what is to, and of the rest what is always up and was; nothing that is deleted', () => {
  const always = { restartPolicy: 'always' } as const;
  const starts = [
    vm('a', 'STOPPED', { autostart: true }, 'stopped'),
    vm('b', 'FAILED', { autostart: true }, 'stopped'),
    vm('c', 'RUNNING', always),
    vm('d', 'PAUSED', always, 'paused'),
    vm('e', 'STARTING', always),
    vm('f', 'STOPPING', always),
  ];
  const stays = [
    vm('g', 'DELETING', { autostart: true, ...always }, 'deleted'),
    vm('h', 'RUNNING', { restartPolicy: 'on-failure' }),
    vm('i', 'STOPPING', always, 'stopped'),
    vm('j', 'STOPPED', always, 'stopped'),
    vm('k', 'CREATING', always),
  ];
  expect([...starts, ...stays].filter(startsWithHost)).toEqual(starts);
});

test.each(['CREATING', 'STARTING'] as const)(
  'a start of one that waits and is %s does not wait for its turn',
  (state) => {
    const waits = queued(vm('a', state), 'why', 0);
    expect(admit(waits, { verb: 'start', now: 0 })).toMatchObject({
      kind: 'accept',
      vm: { goal: 'running', status: { state, turn: undefined, restarts: undefined } },
    });
    expect(admit(begun(waits), { verb: 'start', now: 0 }).kind).toBe('already-done');
  },
);
