import { expect, test } from '@jest/globals';
import { callerNames, programOf } from './caller.js';

test.each([
  [['/usr/bin/node', '--no-warnings', '/opt/banger/bin/banger', 'vm', 'list'], 'banger'],
  [['node', '/opt/banger/dist/services/vmm/main.js'], 'vmm/main.js'],
  [['/usr/bin/grpcurl', '-plaintext'], 'grpcurl'],
  [['node'], 'node'],
  [[], ''],
])('%j runs %j', (argv, program) => {
  expect(programOf(argv)).toBe(program);
});

test('root has a name, and who is in no list has none', () => {
  expect(callerNames({ uid: 0, gid: 0, pid: process.pid }).user).toBe('root');
  expect(callerNames({ uid: 4_000_000_000, gid: 0, pid: 0 })).toEqual({
    uid: 4_000_000_000,
    user: '',
    pid: 0,
    program: '',
  });
});

test('a caller of another host is no user of this one', () => {
  const names = { certificate: 'CN:alice', address: '192.0.2.7' };
  expect(callerNames(names)).toEqual({ uid: 0xffff_ffff, user: '', pid: 0, program: '', ...names });
});
