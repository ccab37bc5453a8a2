import { expect, test } from '@jest/globals';
import { BangerError } from '../../../lib/errors.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import { afterFailure, asBangerError, halted, nextMove, prepared, recovered, vmError } from './moves.js';
import { newVm, type Vm, type VmState, type VmStatus, vmStates, withStatus } from './vm.js';

const bare = newVm({ uid: '0'.repeat(16), name: 'web', spec: emptySpec, start: true, now: 0 });
const process = { pid: 7, startTime: 9 };
const network = { ipv4Address: '10.77.0.10', macAddress: '', tap: 'bgr0', gateway: '10.77.0.1', nat: false };
const launched = { cpuCount: 1, memoryMib: 512, workDiskMib: 0 };

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

test('a goal decides what comes after a creation and a stop', () => {
  for (const next of [prepared, halted]) {
    expect(next({ ...vmWith('STOPPING'), goal: 'running' }).status.state).toBe('STARTING');
    expect(next({ ...vmWith('STOPPING'), goal: 'stopped' }).status.state).toBe('STOPPED');
  }
});

test('after a stop nothing is told of a hypervisor that runs', () => {
  const { status } = halted(
    vmWith('STOPPING', { process, launched, readyTime: 5, stopOrder: { graceSeconds: 1, since: 0 } }),
  );
  const { process: gone, launched: with_, readyTime, stopOrder } = status;
  expect([gone, with_, readyTime, stopOrder]).toEqual([undefined, undefined, undefined, undefined]);
});

const failure = new BangerError('exhausted', 'POOL_EXHAUSTED', 'no address is free');

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

test('the error of a vm is the one that its caller gets', () => {
  const error = asBangerError(vmError(failure, 5), 'web');
  expect(error).toMatchObject({ kind: 'exhausted', reason: 'POOL_EXHAUSTED', message: 'no address is free' });
  expect(asBangerError({ ...vmError(failure, 5), kind: 'from-the-future' }, 'web').kind).toBe('internal');
});

/** What becomes of each state after the service was away: with its hypervisor found, and without. */
const recoveries: Record<VmState, [running: VmState, gone: VmState]> = {
  CREATING: ['CREATING', 'CREATING'],
  STARTING: ['STARTING', 'STARTING'],
  STOPPING: ['STOPPING', 'STOPPING'],
  DELETING: ['DELETING', 'DELETING'],
  RUNNING: ['RUNNING', 'STOPPED'],
  STOPPED: ['STOPPING', 'STOPPED'],
  FAILED: ['STOPPING', 'FAILED'],
};

test.each(vmStates)('a vm that was %s when the service went', (state) => {
  const [running, gone] = recoveries[state];
  expect(recovered(vmWith(state, { process }), true, 5).status.state).toBe(running);
  expect(recovered(vmWith(state, { process }), false, 5).status.state).toBe(gone);
});

test('a vm that is gone has no process any more, whatever its state', () => {
  for (const state of ['STARTING', 'STOPPING', 'RUNNING'] as const) {
    expect(recovered(vmWith(state, { process }), false, 5).status.process).toBeUndefined();
  }
});
