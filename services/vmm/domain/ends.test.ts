import { describe, expect, test } from '@jest/globals';
import { emptySpec } from '../../../test/fakes/requests.js';
import { hypervisorGone } from './errors.js';
import { endedByItself, type Found, recovered } from './moves.js';
import type { OwnEnd } from './restart.js';
import { newVm, type RestartPolicy, type Vm, type VmState, type VmStatus, vmStates, withStatus } from './vm.js';

/** What becomes of a VM whose hypervisor ends without being asked: while this service looks, and while it is away. */

const process = { pid: 7, startTime: 9 };
const launched = { cpuCount: 1, memoryMib: 512, workDiskMib: 0, hypervisor: 'any' } as const;

function vmWith(state: VmState, restartPolicy: RestartPolicy = 'never', status: Partial<VmStatus> = {}): Vm {
  const spec = { ...emptySpec, restartPolicy };
  const bare = newVm({ uid: '0'.repeat(16), name: 'web', spec, start: true, now: 0 });
  return withStatus(bare, { state, process, launched, readyTime: 1, ...status });
}

const poweredOff: OwnEnd = { cause: 'powered-off' };
const rebooted: OwnEnd = { cause: 'rebooted' };
const panicked: OwnEnd = { cause: 'panicked', detail: 'Kernel panic: no init' };
const crashed: OwnEnd = { cause: 'crashed', detail: 'signal 9' };

describe.each(['RUNNING', 'PAUSED'] as const)('a vm that ends by itself while it is %s', (state) => {
  test.each([
    ['never', poweredOff, 'STOPPED', undefined],
    ['never', panicked, 'FAILED', 'GUEST_PANICKED'],
    ['never', crashed, 'FAILED', 'HYPERVISOR_CRASHED'],
    ['on-failure', poweredOff, 'STOPPED', undefined],
  ] as const)('%s, %j: %s', (policy, end, after, reason) => {
    const ended = endedByItself(vmWith(state, policy, { restarts: { count: 2, quick: 2, notBefore: 0 } }), end, 50);
    expect(ended).toMatchObject({ goal: 'stopped', status: { state: after, step: '' } });
    expect(ended.status.lastError?.reason).toBe(reason);
    expect([ended.status.process, ended.status.launched, ended.status.readyTime]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(ended.status.restarts).toBeUndefined();
  });

  test.each([
    ['never', rebooted, undefined, /^its guest rebooted$/],
    ['on-failure', rebooted, undefined, /^its guest rebooted$/],
    ['on-failure', panicked, 'GUEST_PANICKED', /^its kernel panicked: ./],
    ['on-failure', crashed, 'HYPERVISOR_CRASHED', /^its hypervisor ended unexpectedly: ./],
    ['always', poweredOff, undefined, /^its guest powered off$/],
    ['always', rebooted, undefined, /^its guest rebooted$/],
    ['always', crashed, 'HYPERVISOR_CRASHED', /^its hypervisor ended unexpectedly: ./],
  ] as const)('%s, %j: starts again', (policy, end, reason, why) => {
    const ended = endedByItself({ ...vmWith(state, policy), goal: 'paused' }, end, 50);
    expect(ended).toMatchObject({
      goal: 'running',
      status: { state: 'STARTING', restarts: { count: 1, quick: 1, notBefore: 1_050 } },
    });
    expect(ended.status.restarts?.reason).toMatch(why);
    expect(ended.status.lastError?.reason).toBe(reason);
    expect(ended.status.process).toBeUndefined();
  });
});

const found: Found = { running: true };
const gone: Found = { running: false };

/** What becomes of each state after the service was away: with its hypervisor found, and without. */
const recoveries: Record<VmState, [running: VmState, gone: VmState]> = {
  CREATING: ['CREATING', 'CREATING'],
  STARTING: ['STARTING', 'STARTING'],
  STOPPING: ['STOPPING', 'STOPPING'],
  DELETING: ['DELETING', 'DELETING'],
  RUNNING: ['RUNNING', 'STOPPED'],
  PAUSED: ['PAUSED', 'STOPPED'],
  STOPPED: ['STOPPING', 'STOPPED'],
  FAILED: ['STOPPING', 'FAILED'],
};

test.each(vmStates)('a vm that was %s when the service went', (state) => {
  const [running, missing] = recoveries[state];
  expect(recovered(vmWith(state), found, 5).status.state).toBe(running);
  expect(recovered(vmWith(state), gone, 5).status.state).toBe(missing);
});

test('a vm that is gone has no process any more, whatever its state', () => {
  for (const state of ['STARTING', 'STOPPING', 'RUNNING', 'PAUSED'] as const) {
    expect(recovered(vmWith(state), gone, 5).status.process).toBeUndefined();
  }
});

test.each(['RUNNING', 'PAUSED'] as const)('a guest that said how it ends, %s, gets what its policy says', (state) => {
  const after = (policy: RestartPolicy, end: OwnEnd) => recovered(vmWith(state, policy), { running: false, end }, 5);
  expect(after('never', poweredOff).status.state).toBe('STOPPED');
  expect(after('never', poweredOff).status.lastError).toBeUndefined();
  expect(after('never', rebooted).status).toMatchObject({ state: 'STARTING', restarts: { count: 1 } });
  expect(after('never', panicked).status).toMatchObject({ state: 'FAILED', lastError: { reason: 'GUEST_PANICKED' } });
  expect(after('on-failure', panicked).status.state).toBe('STARTING');
  expect(after('always', poweredOff).status.state).toBe('STARTING');
});

test('of a guest that said nothing it is only told that it is gone, and it starts again under always', () => {
  const after = (policy: RestartPolicy) => recovered(vmWith('RUNNING', policy), gone, 5);
  for (const policy of ['never', 'on-failure'] as const) {
    expect(after(policy)).toMatchObject({
      goal: 'stopped',
      status: { state: 'STOPPED', lastError: { reason: 'HYPERVISOR_GONE' } },
    });
  }
  expect(after('always')).toMatchObject({
    goal: 'running',
    status: {
      state: 'STARTING',
      lastError: { reason: 'HYPERVISOR_GONE' },
      restarts: { count: 1, reason: hypervisorGone('web').message },
    },
  });
});

test('what a guest said last matters only while nobody was there', () => {
  for (const state of ['STARTING', 'STOPPING', 'STOPPED', 'FAILED'] as const) {
    const after = recovered(vmWith(state, 'always'), { running: false, end: rebooted }, 5);
    expect([after.status.state, after.status.restarts]).toEqual([state, undefined]);
  }
});
