import { expect, test } from '@jest/globals';
import { newVm, type Vm, type VmError, type VmSpec, withStatus } from './vm.js';
import { happeningOf } from './vm-events.js';

const spec = { image: 'debian' } as VmSpec;
const vm: Vm = newVm({ uid: '0123456789abcdef', name: 'web', spec, start: true, now: 1 });
const running = withStatus(vm, { state: 'RUNNING' });
const error: VmError = { kind: 'internal', reason: 'GUEST_PANICKED', message: 'it panicked', time: 5 };
const about = { object: 'web', uid: '0123456789abcdef' };

test('a VM is created, changes its state and is deleted', () => {
  expect(happeningOf(undefined, vm)).toMatchObject({ ...about, action: 'created' });
  expect(happeningOf(vm, running)).toEqual({ ...about, action: 'running', message: 'CREATING → RUNNING' });
  expect(happeningOf(running, undefined)).toMatchObject({ ...about, action: 'deleted' });
});

test('a change of state has the reason that came with it', () => {
  const failed = withStatus(running, { state: 'FAILED', lastError: error });
  expect(happeningOf(running, failed)).toEqual({
    ...about,
    action: 'failed',
    reason: 'GUEST_PANICKED',
    message: 'RUNNING → FAILED: it panicked',
  });
  const restarts = { count: 1, quick: 1, notBefore: 0, reason: 'the guest rebooted' };
  expect(happeningOf(running, withStatus(running, { state: 'STARTING', restarts }))?.message).toBe(
    'RUNNING → STARTING: the guest rebooted',
  );
});

test('an error in the same state is told once, however often the record is written', () => {
  const troubled = withStatus(running, { lastError: error });
  expect(happeningOf(running, troubled)).toEqual({
    ...about,
    action: 'troubled',
    reason: 'GUEST_PANICKED',
    message: 'it panicked',
  });
  expect(happeningOf(troubled, withStatus(troubled, { lastError: { ...error }, step: 'boot' }))).toBeUndefined();
});

test('a step is nothing to tell of', () => {
  expect(happeningOf(vm, withStatus(vm, { step: 'disk' }))).toBeUndefined();
});
