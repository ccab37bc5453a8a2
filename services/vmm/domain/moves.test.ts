import { expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import {
  afterFailure,
  answered,
  asBangerError,
  halted,
  nextMove,
  paused,
  prepared,
  resumed,
  vmError,
} from './moves.js';
import { newVm, type Vm, type VmState, type VmStatus, withStatus } from './vm.js';

const bare = newVm({ uid: '0'.repeat(16), name: 'web', spec: emptySpec, start: true, now: 0 });
const process = { pid: 7, startTime: 9 };
const network = {
  ipv4Address: '10.77.0.10',
  macAddress: '',
  tap: 'bgr0',
  gateway: '10.77.0.1',
  nat: false,
  policy: emptyPolicy,
};
const launched = { cpuCount: 1, memoryMib: 512, workDiskMib: 0, hypervisor: 'any' } as const;

const restarts = { count: 3, quick: 2, notBefore: 0 };
const failure = new BangerError('exhausted', 'POOL_EXHAUSTED', 'no address is free');

const vmWith = (state: VmState, status: Partial<VmStatus> = {}): Vm => withStatus(bare, { state, ...status });

test.each([
  ['CREATING', 'create'],
  ['STARTING', 'boot'],
  ['STOPPING', 'halt'],
  ['DELETING', 'remove'],
  ['STOPPED', undefined],
  ['RUNNING', undefined],
  ['FAILED', undefined],
] as const)('a vm that is %s needs: %s', (state, move) => {
  expect(nextMove(vmWith(state))).toBe(move);
});

test.each(['STOPPED', 'RUNNING', 'FAILED'] as const)('a vm that is %s gets what its spec has changed', (state) => {
  const spec = { ...bare.spec, nat: true, workDiskMib: 200 };
  expect(nextMove({ ...vmWith(state, { network }), spec })).toBe('apply-nat');
  expect(nextMove({ ...vmWith(state, { workDiskMib: 100 }), spec })).toBe('grow-work-disk');
  expect(nextMove({ ...vmWith(state, { workDiskMib: 100, growAtNextStart: true }), spec })).toBeUndefined();
  expect(nextMove({ ...vmWith(state), spec })).toBeUndefined();
});

test('a settled vm is paused and resumed before anything else', () => {
  const changed = (state: VmState, goal: Vm['goal']): Vm => {
    const vm = vmWith(state, { network, workDiskMib: 100 });
    return { ...vm, goal, spec: { ...vm.spec, nat: true, workDiskMib: 200 } };
  };
  expect(nextMove(changed('RUNNING', 'paused'))).toBe('pause');
  expect(nextMove(changed('PAUSED', 'running'))).toBe('resume');
  expect(nextMove(changed('PAUSED', 'paused'))).toBe('apply-nat');
});

test('a guest that stands still gets its larger disk when it goes on', () => {
  const vm = vmWith('PAUSED', { workDiskMib: 100 });
  const grown: Vm = { ...vm, goal: 'paused', spec: { ...vm.spec, workDiskMib: 200 } };
  expect(nextMove(grown)).toBeUndefined();
  expect(nextMove({ ...resumed(grown), goal: 'running' })).toBe('grow-work-disk');
});

test('a pause and a resume change a vm that is still there, and only that', () => {
  expect(paused(vmWith('RUNNING')).status.state).toBe('PAUSED');
  expect(resumed(vmWith('PAUSED')).status.state).toBe('RUNNING');
  for (const state of ['STARTING', 'STOPPED', 'FAILED'] as const) {
    const ended = vmWith(state);
    expect([paused(ended), resumed(ended)]).toEqual([ended, ended]);
  }
});

test('a vm that answers has no error any more, and still says how often it was started by itself', () => {
  const { status } = answered(vmWith('STARTING', { restarts, lastError: vmError(failure, 1) }), 5);
  expect(status).toMatchObject({ state: 'RUNNING', readyTime: 5, restarts, lastError: undefined });
});

test('a goal decides what comes after a creation and a stop', () => {
  for (const next of [prepared, halted]) {
    expect(next({ ...vmWith('STOPPING'), goal: 'running' }).status.state).toBe('STARTING');
    expect(next({ ...vmWith('STOPPING'), goal: 'stopped' }).status.state).toBe('STOPPED');
  }
});

test('after a stop nothing is told of a hypervisor that runs', () => {
  const { status } = halted(
    vmWith('STOPPING', { process, launched, readyTime: 5, restarts, stopOrder: { graceSeconds: 1, since: 0 } }),
  );
  for (const key of ['process', 'launched', 'readyTime', 'stopOrder', 'restarts'] as const) {
    expect([key, status[key]]).toEqual([key, undefined]);
  }
});

test('a move that fails says why, and keeps the process only if it is still there', () => {
  const failed = afterFailure(vmWith('STOPPING', { process, launched }), 'halt', failure, false, 5);
  expect(failed).toMatchObject({ goal: 'stopped', status: { state: 'FAILED', process, lastError: { time: 5 } } });
  expect(afterFailure(failed, 'halt', failure, true, 5).status.process).toBeUndefined();
});

test('a change that fails is taken back', () => {
  const spec = { ...bare.spec, nat: true, workDiskMib: 200 };
  const vm = { ...vmWith('RUNNING', { network, workDiskMib: 100 }), spec };
  expect(afterFailure(vm, 'apply-nat', failure, true, 5)).toMatchObject({
    spec: { nat: false },
    status: { state: 'RUNNING' },
  });
  expect(afterFailure(vm, 'grow-work-disk', failure, true, 5).spec.workDiskMib).toBe(100);
});

test('a pause that fails leaves the vm running, a resume leaves it paused, with the reason', () => {
  const pausing: Vm = { ...vmWith('RUNNING'), goal: 'paused' };
  expect(afterFailure(pausing, 'pause', failure, false, 5)).toMatchObject({
    goal: 'running',
    status: { state: 'RUNNING', lastError: { reason: 'POOL_EXHAUSTED', time: 5 } },
  });
  expect(afterFailure(vmWith('PAUSED'), 'resume', failure, false, 5)).toMatchObject({
    goal: 'paused',
    status: { state: 'PAUSED', lastError: { reason: 'POOL_EXHAUSTED' } },
  });
});

test.each(['pause', 'resume'] as const)('a %s that fails because the vm has ended says nothing more', (move) => {
  const ended: Vm = { ...vmWith('STOPPED'), goal: 'stopped' };
  expect(afterFailure(ended, move, failure, true, 5)).toBe(ended);
});

test('a start by itself that fails is tried again, later and later, unless the policy is never', () => {
  const starting = (restartPolicy: Vm['spec']['restartPolicy']): Vm => {
    const vm = vmWith('STARTING', { process, restarts });
    return { ...vm, spec: { ...vm.spec, restartPolicy } };
  };
  const again = afterFailure(starting('always'), 'boot', failure, true, 5);
  expect(again).toMatchObject({
    goal: 'running',
    status: { state: 'STARTING', lastError: { time: 5 }, restarts: { count: 4, quick: 3, notBefore: 4_005 } },
  });
  expect(again.status.process).toBeUndefined();
  const failed = afterFailure(starting('never'), 'boot', failure, true, 5);
  expect(failed).toMatchObject({ goal: 'stopped', status: { state: 'FAILED', restarts: undefined } });
  const callers = { ...starting('always'), status: { ...starting('always').status, restarts: undefined } };
  expect(afterFailure(callers, 'boot', failure, true, 5).status.state).toBe('FAILED');
});

test('the error of a vm is the one that its caller gets', () => {
  const error = asBangerError(vmError(failure, 5), 'web');
  expect(error).toMatchObject({ kind: 'exhausted', reason: 'POOL_EXHAUSTED', message: 'no address is free' });
  expect(asBangerError({ ...vmError(failure, 5), kind: 'from-the-future' }, 'web').kind).toBe('internal');
});
