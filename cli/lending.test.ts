import { expect, test } from '@jest/globals';
import { lendingCommand, needsRight } from './lending.js';

test('what sudo is asked for is one right for the same user, and the places of its daemon', () => {
  const env = { HOME: '/home/ann', BANGER_RUN_DIR: '/tmp/r', LD_PRELOAD: '/tmp/x.so', NODE_OPTIONS: '--inspect' };
  const argv = lendingCommand({ env, uid: 1000 }, 1001, ['/usr/bin/node', '/usr/bin/banger', 'daemon', 'start']);
  expect(argv.slice(0, 2)).toEqual(['sudo', '-p']);
  expect(argv.slice(4)).toEqual([
    ...['setpriv', '--reuid=1000', '--regid=1001', '--init-groups'],
    ...['--inh-caps=+net_admin', '--ambient-caps=+net_admin', '--'],
    ...['env', 'HOME=/home/ann', 'BANGER_RUN_DIR=/tmp/r'],
    ...['/usr/bin/node', '/usr/bin/banger', 'daemon', 'start'],
  ]);
});

test('who cannot be asked is told what is needed, by whom, and why', () => {
  expect(needsRight().message).toMatch(/CAP_NET_ADMIN is missing \(netd makes taps.*sudo banger daemon start/);
});
