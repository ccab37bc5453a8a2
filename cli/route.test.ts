import { expect, test } from '@jest/globals';
import { route } from './route.js';

test.each([
  [['vm', 'list'], { kind: 'command', path: 'vm list', args: [] }],
  [['--json', 'vm', 'list'], { kind: 'command', path: 'vm list', args: ['--json'] }],
  [['vm', 'ssh', 'web', '--', 'ls'], { kind: 'command', path: 'vm ssh', args: ['web', '--', 'ls'] }],
  [['internal', 'nat', 'up', '--addr', 'x'], { kind: 'command', path: 'internal nat up', args: ['--addr', 'x'] }],
  [['version'], { kind: 'command', path: 'version', args: [] }],
  [['--version'], { kind: 'command', path: 'version' }],
  [['vm'], { kind: 'group', name: 'vm' }],
  [['vm', '--help'], { kind: 'group', name: 'vm' }],
  [[], { kind: 'top' }],
  [['--help'], { kind: 'top' }],
  [['help', 'environment'], { kind: 'environment' }],
])('%j is understood', (argv, expected) => {
  expect(route(argv)).toMatchObject(expected);
});

test.each([
  [['vn', 'list'], 'did you mean `banger vm`?'],
  [['vm', 'lst'], 'did you mean `banger vm list`?'],
  [['frobnicate'], 'there is no command "frobnicate"; see `banger --help`'],
  [['constructor'], 'there is no command "constructor"'],
  [['vm', 'toString'], 'there is no vm command "toString"'],
])('%j is not', (argv, message) => {
  expect(() => route(argv)).toThrow(message);
});
