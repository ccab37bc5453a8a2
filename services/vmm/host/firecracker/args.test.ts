import { expect, test } from '@jest/globals';
import { foundByArgs, jailerArgs, plainArgs, trialArgs } from './args.js';

const uid = '00112233445566aa';
const program = '/usr/bin/firecracker';
const marks = { apiSocketOf: (each: string) => `/run/banger/${each}/api.sock`, chrootBase: '/var/lib/banger/jails' };

const log = '/vms/firecracker.log';
const plain = plainArgs({ program, uid, apiSocket: marks.apiSocketOf(uid), log });
const jailing = {
  jailer: '/usr/bin/jailer',
  program,
  uid,
  user: 400_001,
  group: 400_001,
  chrootBase: marks.chrootBase,
  log: '/log',
};
/** As the real jailer starts it. */
const jailed = [
  '/firecracker',
  '--id',
  uid,
  '--start-time-us',
  '1',
  '--start-time-cpu-us',
  '2',
  '--api-sock',
  '/run/api.sock',
];

test('a plain launch', () => {
  expect(plain.join(' ')).toBe(
    'prlimit --nofile=4096 -- /usr/bin/firecracker --id 00112233445566aa --api-sock /run/banger/00112233445566aa/api.sock --log-path /vms/firecracker.log',
  );
});

test('a launch in a jail', () => {
  const cgroup = { parent: 'banger', limits: ['memory.max=300M', 'pids.max=64'] };
  expect(
    jailerArgs({ ...jailing, cgroup })
      .join(' ')
      .replaceAll(' --', '\n--'),
  ).toBe(`/usr/bin/jailer
--id 00112233445566aa
--exec-file /usr/bin/firecracker
--uid 400001
--gid 400001
--chroot-base-dir /var/lib/banger/jails
--cgroup-version 2
--parent-cgroup banger
--cgroup memory.max=300M
--cgroup pids.max=64
--resource-limit no-file=4096
--
--api-sock /run/api.sock
--log-path /log`);
});

test('a jail without a cgroup', () => {
  expect(jailerArgs(jailing).join(' ')).not.toContain('cgroup');
});

test('a trial has no API, and ends with us', () => {
  expect(trialArgs(program, '/tmp/config.json').join(' ')).toBe(
    'setpriv --pdeathsig KILL -- /usr/bin/firecracker --no-api --config-file /tmp/config.json',
  );
});

test.each([
  ['Firecracker', plain.slice(3), 'plain'],
  ['its wrapper', plain, 'plain'],
  ['a Firecracker that is a script', ['/usr/bin/node', '--enable-source-maps', ...plain.slice(3)], 'plain'],
  ['the jailer', jailerArgs(jailing), 'jailer'],
  ['a jailer that is a script', ['/bin/sh', ...jailerArgs(jailing)], 'jailer'],
  ['what the jailer started', jailed, 'jailed'],
  ['the same as a script', ['/usr/bin/node', ...jailed], 'jailed'],
])('%s is known again', (_what, argv, as) => {
  expect(foundByArgs(argv, marks)).toEqual({ uid, as });
});

test.each([
  ['of another run directory', plainArgs({ program, uid, apiSocket: `/run/other/${uid}/api.sock`, log })],
  ['with the socket of another vm', plainArgs({ program, uid, apiSocket: marks.apiSocketOf('ffffffffffffffff'), log })],
  ['of another jailer', jailerArgs({ ...jailing, chrootBase: '/srv/jailer' })],
  ['with another kind of id', plainArgs({ program, uid: 'vm-a', apiSocket: marks.apiSocketOf('vm-a'), log })],
  ['of a trial', trialArgs(program, '/tmp/config.json')],
  ['that only mentions us', ['grep', uid, marks.apiSocketOf(uid)]],
  ['cut short', ['firecracker', '--api-sock', marks.apiSocketOf(uid), '--id']],
  ['without arguments', []],
])('a process %s is not', (_what, argv) => {
  expect(foundByArgs(argv, marks)).toBeUndefined();
});
