import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptySpec } from '../../../test/fakes/requests.js';
import {
  endFromWords,
  errorOf,
  isTriedAgain,
  nextRestarts,
  type OwnEnd,
  pauseBeforeStart,
  sequelOf,
} from './restart.js';
import { newVm, type RestartPolicy, type Restarts, type Vm, withStatus } from './vm.js';

const policies: readonly RestartPolicy[] = ['never', 'on-failure', 'always'];
const causes: readonly OwnEnd['cause'][] = ['powered-off', 'rebooted', 'panicked', 'crashed'];

function vmWith(restartPolicy: RestartPolicy, restarts?: Restarts, readyTime?: number): Vm {
  const spec = { ...emptySpec, restartPolicy };
  return withStatus(newVm({ uid: '0'.repeat(16), name: 'web', spec, start: true, now: 0 }), { restarts, readyTime });
}

test('what each policy makes of each end, as text', () => {
  const rows = policies.map((policy) => `${policy}: ${causes.map((cause) => sequelOf(policy, cause)).join(' ')}`);
  expect(`${' '.repeat(8)}${causes.join(' ')}\n${rows.join('\n')}`).toBe(`        powered-off rebooted panicked crashed
never: stop start fail fail
on-failure: stop start start start
always: start start start start`);
});

test('what a kernel said last is an end', () => {
  const ends = (['power-off', 'halt', 'restart', { panic: 'Kernel panic: no init' }] as const).map(endFromWords);
  expect(ends).toEqual([
    { cause: 'powered-off' },
    { cause: 'powered-off' },
    { cause: 'rebooted' },
    { cause: 'panicked', detail: 'Kernel panic: no init' },
  ]);
  expect(endFromWords(undefined)).toBeUndefined();
});

test('what the guest wanted is no error; what befell it is, and says what', () => {
  expect(errorOf('web', { cause: 'powered-off' })).toBeUndefined();
  expect(errorOf('web', { cause: 'rebooted' })).toBeUndefined();
  expect(errorOf('web', { cause: 'panicked', detail: 'no init' })).toMatchObject({
    reason: 'GUEST_PANICKED',
    message: 'the kernel of vm web panicked: no init; see `banger vm logs web`',
  });
  expect(errorOf('web', { cause: 'crashed', detail: 'signal 9' })).toMatchObject({ reason: 'HYPERVISOR_CRASHED' });
});

test('starts that follow each other quickly wait 1 s, then twice as long each time, up to 60 s', () => {
  const pauses: number[] = [];
  let vm = vmWith('always');
  for (let n = 0; n < 9; n++) {
    const restarts = nextRestarts(vm, 'why', 1_000);
    pauses.push(restarts.notBefore - 1_000);
    vm = vmWith('always', restarts);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  expect(vm.status.restarts?.count).toBe(9);
});

test('a vm that was well for a minute starts at once, and the waits begin anew', () => {
  const before = { count: 7, quick: 7, notBefore: 0 };
  const well = nextRestarts(vmWith('always', before, 1_000), 'why', 61_000);
  expect(well).toEqual({ count: 8, quick: 0, notBefore: 61_000, reason: 'why' });
  expect(nextRestarts(vmWith('always', well, 61_000), 'why', 62_000)).toMatchObject({
    count: 9,
    quick: 1,
    notBefore: 63_000,
  });
  expect(nextRestarts(vmWith('always', before, 1_000), 'why', 60_999).quick).toBe(8);
});

test('whatever ends a vm and whenever, the count grows by one and the wait is at most a minute', () => {
  const lives = fc.array(fc.option(fc.integer({ min: 0, max: 200_000 })), { maxLength: 2_000 });
  fc.assert(
    fc.property(lives, (all) => {
      let now = 0;
      let restarts: Restarts | undefined;
      for (const [n, livedMs] of all.entries()) {
        // null: it did not even come up.
        const readyTime = livedMs === null ? undefined : now;
        now += livedMs ?? 0;
        restarts = nextRestarts(vmWith('always', restarts, readyTime), 'why', now);
        expect(restarts.count).toBe(n + 1);
        expect(restarts.notBefore - now).toBeGreaterThanOrEqual(0);
        expect(restarts.notBefore - now).toBeLessThanOrEqual(60_000);
        now = restarts.notBefore;
      }
    }),
    { numRuns: 30 },
  );
});

test('a wait is never negative, nor longer than a minute when the clock is set back', () => {
  const restarts = { count: 1, quick: 1, notBefore: 100_000 };
  expect([99_000, 100_000, 200_000, 0].map((now) => pauseBeforeStart(restarts, now))).toEqual([1_000, 0, 0, 60_000]);
});

test('only a start that nobody asked for is tried again, and a power-off only under always', () => {
  const counted = { count: 1, quick: 1, notBefore: 0 };
  const tried = (reason: string, restarts?: Restarts) =>
    policies.map((policy) => isTriedAgain(vmWith(policy, restarts), reason));
  expect(tried('BOOT_TIMEOUT', counted)).toEqual([false, true, true]);
  expect(tried('GUEST_POWERED_OFF', counted)).toEqual([false, false, true]);
  expect(tried('BOOT_TIMEOUT')).toEqual([false, false, false]);
});
