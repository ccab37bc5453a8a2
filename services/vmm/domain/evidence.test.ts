import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyPolicy } from '../../../lib/network-policy/policy.js';
import { emptySpec } from '../../../test/fakes/requests.js';
import { type Evidence, evidenceOf, type Facts, isProcessThere, type Subject, type Verdict } from './evidence.js';
import { type Attachment, newVm, type Vm, type VmStatus, vmStates, withStatus } from './vm.js';

const network: Attachment = {
  ipv4Address: '10.77.0.10',
  macAddress: '52:54:0a:4d:00:0a',
  tap: 'bgr0',
  gateway: '10.77.0.1',
  nat: true,
  policy: emptyPolicy,
};
const process = { pid: 7, startTime: 4711 };
const full: Partial<VmStatus> = { state: 'RUNNING', network, process, sshHostKey: 'key', workDiskMib: 64 };
const mebibyte = 1024 * 1024;

function vmIn(status: Partial<VmStatus>): Vm {
  const spec = { ...emptySpec, image: 'debian' };
  return withStatus(newVm({ uid: '00000000000000aa', name: 'web', spec, start: true, now: 1 }), status);
}

const well: Facts = {
  now: 1_000,
  startTime: 4711,
  control: { answer: {} },
  attachment: { answer: network },
  hasTap: { answer: true },
  isHeld: { answer: true },
  disks: {
    answer: [
      { name: 'disk', bytes: 8 * 1024 * mebibyte, allocatedBytes: 3.25 * mebibyte },
      { name: 'work disk', bytes: 64 * mebibyte, allocatedBytes: 0 },
    ],
  },
  banner: { answer: undefined },
  remains: [],
};

function of(status: Partial<VmStatus>, facts: Partial<Facts>, subject: Subject): Evidence | undefined {
  return evidenceOf(vmIn({ ...full, ...status }), { ...well, ...facts }).find((each) => each.subject === subject);
}

test('of a vm that is well everything is told, in the order of a boot, and nothing is wrong', () => {
  const evidence = evidenceOf(vmIn(full), well);
  expect(evidence.map(({ subject, verdict }) => `${subject} ${verdict}`)).toEqual([
    'process ok',
    'control socket ok',
    'attachment ok',
    'tap ok',
    'image ok',
    'disk ok',
    'work disk ok',
    'guest ok',
  ]);
  expect(evidence.find(({ subject }) => subject === 'disk')?.detail).toBe(
    '8 GiB, of which 3.3 MiB are used on the host',
  );
});

const problem = { problem: 'netd is away' };

const rows: readonly (readonly [what: string, Partial<VmStatus>, Partial<Facts>, Subject, Verdict | 'none', string])[] =
  [
    ['a pid that is gone', {}, { startTime: undefined }, 'process', 'bad', 'pid 7 is gone'],
    ['a pid that is another program’s', {}, { startTime: 5 }, 'process', 'bad', 'another program'],
    ['no process while it runs', { process: undefined }, { startTime: undefined }, 'process', 'bad', 'no hypervisor'],
    [
      'no process while it is stopped',
      { state: 'STOPPED', process: undefined },
      { startTime: undefined },
      'process',
      'ok',
      'no hypervisor',
    ],
    ['a process of a failed vm', { state: 'FAILED' }, {}, 'process', 'bad', 'though the vm has failed'],
    [
      'a hypervisor that hangs',
      {},
      { control: { problem: 'no answer within 1.5 s' } },
      'control socket',
      'bad',
      'no answer within',
    ],
    ['a hypervisor that was not asked', {}, { control: undefined }, 'control socket', 'none', ''],
    ['netd away', {}, { attachment: problem }, 'attachment', 'unknown', 'netd is away'],
    ['no attachment', {}, { attachment: { answer: undefined } }, 'attachment', 'bad', 'netd has none'],
    [
      'no attachment yet',
      { network: undefined },
      { attachment: { answer: undefined } },
      'attachment',
      'ok',
      'netd has none',
    ],
    [
      'no attachment any more',
      { state: 'DELETING' },
      { attachment: { answer: undefined } },
      'attachment',
      'ok',
      'netd has none',
    ],
    [
      'another address',
      {},
      { attachment: { answer: { ...network, ipv4Address: '10.77.0.11' } } },
      'attachment',
      'bad',
      '10.77.0.11 at bgr0, and 10.77.0.10',
    ],
    ['no tap', {}, { hasTap: { answer: false } }, 'tap', 'bad', 'bgr0 is not on the host'],
    ['no tap any more', { state: 'DELETING' }, { hasTap: { answer: false } }, 'tap', 'ok', 'not'],
    ['a tap that could not be looked at', {}, { hasTap: problem }, 'tap', 'unknown', 'netd is away'],
    ['imaged away', {}, { isHeld: { problem: 'imaged is away' } }, 'image', 'unknown', 'imaged is away'],
    ['an image that is not held', {}, { isHeld: { answer: false } }, 'image', 'bad', 'debian is not held'],
    ['an image that is held no more', { state: 'DELETING' }, { isHeld: { answer: false } }, 'image', 'ok', 'not held'],
    ['a disk that is gone', {}, { disks: { answer: [] } }, 'disk', 'bad', 'not there'],
    ['a work disk that is gone', {}, { disks: { answer: [] } }, 'work disk', 'bad', 'not there'],
    ['a disk that is not made yet', { sshHostKey: undefined }, { disks: { answer: [] } }, 'disk', 'none', ''],
    ['disks that could not be looked at', {}, { disks: { problem: 'EIO' } }, 'disk', 'unknown', 'EIO'],
    ['a silent guest', {}, { banner: { problem: 'no answer within 1.5 s' } }, 'guest', 'bad', 'port 22 of 10.77.0.10'],
    [
      'a pause before the next start',
      { state: 'STARTING', restarts: { count: 3, quick: 3, notBefore: 9_000, reason: 'its guest rebooted' } },
      {},
      'restarts',
      'bad',
      '3 times; the next start waits 8 s; the last time: its guest rebooted',
    ],
    [
      'one restart by itself',
      { restarts: { count: 1, quick: 1, notBefore: 0, reason: 'its guest rebooted' } },
      {},
      'restarts',
      'ok',
      'once; the last time',
    ],
    [
      'settings that wait',
      { launched: { cpuCount: 9, memoryMib: 0, workDiskMib: 64, hypervisor: 'any' } },
      {},
      'settings',
      'ok',
      'next start',
    ],
    [
      'what is left to clean up',
      {},
      { remains: [{ uid: '', name: 'web', part: 'disk', since: 1, problem: 'EPERM' }] },
      'clean-up',
      'bad',
      'its disks could not be cleaned up yet: EPERM',
    ],
  ];

describe('what is found', () => {
  test.each(rows)('%s', (_, status, facts, subject, verdict, detail) => {
    const evidence = of(status, facts, subject);
    expect(evidence?.verdict ?? 'none').toBe(verdict);
    expect(evidence?.detail ?? '').toContain(detail);
  });

  test('a question without an answer is unknown of peers, and never ok', () => {
    const failed = fc.constantFrom('control', 'attachment', 'hasTap', 'isHeld', 'disks', 'banner' as const);
    fc.assert(
      fc.property(fc.constantFrom(...vmStates), fc.uniqueArray(failed), (state, keys) => {
        const facts = { ...well, ...Object.fromEntries(keys.map((key) => [key, { problem: 'P!' }])) };
        const evidence = evidenceOf(vmIn({ ...full, state }), facts);
        const troubled = evidence.filter(({ detail }) => detail.includes('P!'));
        // Both disks are one question.
        expect(troubled).toHaveLength(keys.length + (keys.includes('disks') ? 1 : 0));
        expect(troubled.every(({ verdict }) => verdict !== 'ok')).toBe(true);
      }),
    );
  });
});

test('a process is there when pid and start time are those that were recorded', () => {
  expect(isProcessThere(vmIn(full), 4711)).toBe(true);
  expect(isProcessThere(vmIn(full), 4712)).toBe(false);
  expect(isProcessThere(vmIn({ ...full, process: undefined }), undefined)).toBe(false);
});
