import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptySpec } from '../../../test/fakes/requests.js';
import { adviceOf, adviceOfDeleted } from './advice.js';
import { reasons } from './errors.js';
import type { Evidence, Subject, Verdict } from './evidence.js';
import { newVm, type Vm, type VmStatus, vmStates, withStatus } from './vm.js';

const subjects: readonly Subject[] = [
  'process',
  'control socket',
  'attachment',
  'tap',
  'image',
  'disk',
  'work disk',
  'guest',
  'restarts',
  'settings',
  'clean-up',
];
const verdicts: readonly Verdict[] = ['ok', 'bad', 'unknown'];
const steps = ['', 'image', 'hypervisor', 'network', 'disk', 'work-disk', 'known-hosts', 'backoff', 'launch', 'boot'];

function vmIn(status: Partial<VmStatus>, change: Partial<Vm> = {}): Vm {
  const fresh = newVm({ uid: '00000000000000aa', name: 'web', spec: emptySpec, start: true, now: 1000 });
  return { ...withStatus(fresh, status), ...change };
}

function found(subject: Subject, verdict: Verdict, detail = `detail of ${subject}`): Evidence {
  return { subject, verdict, detail };
}

/** The commands that an advice names. */
function commands(text: string): string[] {
  return [...text.matchAll(/`(banger [^`]+)`/g)].map(([, command]) => command ?? '');
}

const lastErrorOf = (reason: string, kind = 'unavailable') => ({ kind, reason, message: `error ${reason}`, time: 1 });

describe('every state with every piece of evidence has a meaning and a next step that is a command', () => {
  test.each(vmStates)('%s', (state) => {
    for (const step of steps) {
      for (const subject of subjects) {
        for (const verdict of verdicts) {
          const { meaning, nextStep } = adviceOf(vmIn({ state, step }), [found(subject, verdict)]);
          expect(meaning).not.toBe('');
          expect(commands(nextStep)).not.toEqual([]);
        }
      }
    }
  });

  test('and with any evidence together', () => {
    const evidence = fc.array(
      fc.record({ subject: fc.constantFrom(...subjects), verdict: fc.constantFrom(...verdicts), detail: fc.string() }),
    );
    const reason = fc.option(fc.constantFrom(...Object.values(reasons), 'ANYTHING'), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom(...vmStates),
        fc.constantFrom(...steps),
        evidence,
        reason,
        (state, step, seen, why) => {
          const { meaning, nextStep } = adviceOf(vmIn({ state, step, lastError: why && lastErrorOf(why) }), seen);
          expect(meaning).not.toMatch(/undefined|^$/);
          expect(nextStep).not.toMatch(/undefined/);
          expect(commands(nextStep)).not.toEqual([]);
          // What could not be seen is never passed over.
          for (const { subject, verdict } of seen) if (verdict === 'unknown') expect(meaning).toContain(subject);
        },
      ),
    );
  });
});

/** What each case is told as: the start of its meaning, and the first command. */
const cases: readonly (readonly [
  name: string,
  vm: Vm,
  evidence: readonly Evidence[],
  meaning: RegExp,
  first: string,
])[] = [
  [
    'running and well',
    vmIn({ state: 'RUNNING' }),
    [found('guest', 'ok')],
    /^it runs, and its guest answers$/,
    'banger vm ssh web',
  ],
  [
    'running, hypervisor gone',
    vmIn({ state: 'RUNNING' }),
    [found('process', 'bad'), found('tap', 'bad')],
    /hypervisor does not run/,
    'banger service restart vmm',
  ],
  [
    'running, hypervisor hangs',
    vmIn({ state: 'RUNNING' }),
    [found('control socket', 'bad'), found('guest', 'bad')],
    /hangs/,
    'banger vm kill web',
  ],
  [
    'running, disk lost',
    vmIn({ state: 'RUNNING' }),
    [found('disk', 'bad')],
    /cannot be started again/,
    'banger vm ssh web',
  ],
  ['running, no tap', vmIn({ state: 'RUNNING' }), [found('tap', 'bad')], /cut off/, 'banger vm restart web'],
  [
    'running, image not held',
    vmIn({ state: 'RUNNING' }),
    [found('image', 'bad')],
    /image could be removed/,
    'banger service restart vmm',
  ],
  ['running, guest silent', vmIn({ state: 'RUNNING' }), [found('guest', 'bad')], /silent/, 'banger vm logs web'],
  [
    'running, netd away',
    vmIn({ state: 'RUNNING' }),
    [found('attachment', 'unknown')],
    /not all could be looked at: attachment/,
    'banger service logs netd',
  ],
  [
    'running, imaged away',
    vmIn({ state: 'RUNNING' }),
    [found('image', 'unknown')],
    /image/,
    'banger service logs imaged',
  ],
  [
    'running, and up again and again',
    vmIn({ state: 'RUNNING' }),
    [found('restarts', 'bad')],
    /does not stay up/,
    'banger vm logs web',
  ],
  [
    'running, a change failed',
    vmIn({ state: 'RUNNING', lastError: lastErrorOf('DISK_FAILED') }),
    [],
    /last change did not come about: error DISK_FAILED/,
    'banger vm ssh web',
  ],
  [
    'about to be paused',
    vmIn({ state: 'RUNNING' }, { goal: 'paused' }),
    [],
    /about to be paused/,
    'banger vm resume web',
  ],
  [
    'paused',
    vmIn({ state: 'PAUSED' }, { goal: 'paused' }),
    [found('guest', 'bad')],
    /stand still/,
    'banger vm resume web',
  ],
  [
    'paused, hypervisor gone',
    vmIn({ state: 'PAUSED' }, { goal: 'paused' }),
    [found('process', 'bad')],
    /does not run/,
    'banger service restart vmm',
  ],
  [
    'starting, netd away',
    vmIn({ state: 'STARTING', step: 'network' }),
    [found('attachment', 'unknown')],
    /waits for netd/,
    'banger service logs netd',
  ],
  [
    'starting, netd away at the last attempt',
    vmIn({ state: 'STARTING', step: 'network', lastError: lastErrorOf('SERVICE_UNREACHABLE') }),
    [],
    /waits for netd/,
    'banger service logs netd',
  ],
  [
    'creating, imaged away',
    vmIn({ state: 'CREATING', step: 'image' }),
    [found('image', 'unknown')],
    /waits for imaged/,
    'banger service logs imaged',
  ],
  [
    'starting, netd away but at another step',
    vmIn({ state: 'STARTING', step: 'disk' }),
    [found('attachment', 'unknown')],
    /it is being started \(step disk\)/,
    'banger vm start web',
  ],
  [
    'starting, backing off',
    vmIn({ state: 'STARTING', step: 'backoff' }),
    [found('restarts', 'bad', 'the next start waits 8 s')],
    /the next start waits 8 s/,
    'banger vm logs web',
  ],
  [
    'starting, guest boots',
    vmIn({ state: 'STARTING', step: 'boot' }),
    [found('process', 'ok')],
    /its guest boots/,
    'banger vm logs --follow web',
  ],
  [
    'starting, hypervisor gone',
    vmIn({ state: 'STARTING', step: 'boot' }),
    [found('process', 'bad')],
    /was booting/,
    'banger vm kill web',
  ],
  [
    'stopping',
    vmIn({ state: 'STOPPING', stopOrder: { graceSeconds: 30, since: 1 } }, { goal: 'stopped' }),
    [],
    /asked to power off, and is ended after 30 s$/,
    'banger vm kill web',
  ],
  [
    'restarting',
    vmIn({ state: 'STOPPING' }, { goal: 'running' }),
    [],
    /is being ended; then it is started again/,
    'banger vm kill web',
  ],
  [
    'deleting, imaged away',
    vmIn({ state: 'DELETING', step: 'image' }),
    [found('image', 'unknown')],
    /waits for imaged/,
    'banger service logs imaged',
  ],
  ['deleting', vmIn({ state: 'DELETING', step: 'disk' }), [], /being deleted \(step disk\)/, 'banger vm delete web'],
  ['stopped', vmIn({ state: 'STOPPED' }), [], /as it shall be/, 'banger vm start web'],
  [
    'stopped with the host',
    vmIn({ state: 'STOPPED', stateReason: 'the host was restarted at noon' }),
    [],
    /the host was restarted at noon/,
    'banger vm start web',
  ],
  ['stopped, disk lost', vmIn({ state: 'STOPPED' }), [found('disk', 'bad')], /disk is lost/, 'banger vm delete web'],
  [
    'stopped, netd away',
    vmIn({ state: 'STOPPED' }),
    [found('attachment', 'unknown')],
    /attachment/,
    'banger service logs netd',
  ],
  [
    'failed, no answer in time',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('BOOT_TIMEOUT') }),
    [],
    /it has failed: error BOOT_TIMEOUT/,
    'banger vm logs web',
  ],
  [
    'failed, kernel panicked',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('GUEST_PANICKED') }),
    [],
    /PANICKED/,
    'banger vm logs web',
  ],
  [
    'failed, hypervisor refused',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('HYPERVISOR_REFUSED') }),
    [],
    /REFUSED/,
    'banger doctor',
  ],
  [
    'failed, no image',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('IMAGE_NOT_FOUND') }),
    [],
    /IMAGE/,
    'banger image list',
  ],
  [
    'failed, peer away',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('SERVICE_UNREACHABLE') }),
    [],
    /SERVICE/,
    'banger service list',
  ],
  [
    'failed for anything else',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('ANYTHING') }),
    [],
    /ANYTHING/,
    'banger vm start web',
  ],
  [
    'failed, disk lost',
    vmIn({ state: 'FAILED', lastError: lastErrorOf('DISK_FAILED') }),
    [found('disk', 'bad')],
    /DISK/,
    'banger vm delete web',
  ],
  [
    'failed, and still there',
    vmIn({ state: 'FAILED', process: { pid: 7, startTime: 1 } }),
    [found('process', 'bad')],
    /nothing is known of why/,
    'banger vm kill web',
  ],
];

test.each(cases)('%s', (_, vm, evidence, meaning, first) => {
  const advice = adviceOf(vm, evidence);
  expect(advice.meaning).toMatch(meaning);
  expect(commands(advice.nextStep)[0]).toBe(first);
});

test('a running vm whose settings wait says how they take effect', () => {
  const launched = { cpuCount: 1, memoryMib: 512, workDiskMib: 0, hypervisor: 'any' } as const;
  const vm = vmIn({ state: 'RUNNING', launched, process: { pid: 7, startTime: 1 } });
  expect(commands(adviceOf({ ...vm, spec: { ...vm.spec, cpuCount: 2 } }, []).nextStep)).toEqual([
    'banger vm ssh web',
    'banger vm restart web',
  ]);
});

test('a deleted vm is restored by its name, or by its uid where others had that name', () => {
  const vm = { name: 'web', uid: '00000000000000aa' };
  expect(commands(adviceOfDeleted(vm, 0, 1).nextStep)).toEqual(['banger vm restore web', 'banger vm purge web']);
  expect(commands(adviceOfDeleted(vm, 0, 2).nextStep)[0]).toBe('banger vm restore 00000000000000aa');
  expect(adviceOfDeleted(vm, 0, 1).meaning).toContain('1970-01-01T00:00:00.000Z');
});
