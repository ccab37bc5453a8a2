import { expect, test } from '@jest/globals';
import { BangerError, errorKinds, hostNotReady, invalidRequest } from '../../lib/errors.js';
import { exitCodeOf, interrupted, usageError } from '../errors.js';
import { errorsJson, errorText } from './error.js';
import { styleFor } from './style.js';

const plain = styleFor({ write: () => true }, {});
const text = (error: unknown) => errorText(error, plain);

test('an error is one line', () => {
  expect(text(new BangerError('not-found', 'VM_NOT_FOUND', 'no vm is named web'))).toBe('error: no vm is named web');
});

test('mistakes have a line each', () => {
  const fields = [
    { field: 'name', description: 'must not be empty' },
    { field: 'spec.memory_mib', description: 'must be 64 to 1048576 MiB, is 1' },
  ];
  expect(text(invalidRequest('create vm web', fields))).toBe(
    ['error: cannot create vm web:', '  name: must not be empty', '  --memory: must be 64 to 1048576 MiB, is 1'].join(
      '\n',
    ),
  );
});

test('missing things have a line each, with what supplies them', () => {
  const missing = [
    { type: 'TOOL', subject: 'mmdebstrap', description: 'apt install mmdebstrap' },
    { type: 'DEVICE', subject: '/dev/kvm', description: 'modprobe kvm' },
  ] as const;
  expect(text(hostNotReady('build image debian', missing))).toBe(
    [
      'error: cannot build image debian: this host lacks',
      '  mmdebstrap: apt install mmdebstrap',
      '  /dev/kvm: modprobe kvm',
    ].join('\n'),
  );
});

test('one mistake of a command line is one line, several are a list', () => {
  expect(text(usageError(['there is no option --nme'], 'banger vm create --help'))).toBe(
    'error: there is no option --nme; see `banger vm create --help`',
  );
  expect(text(usageError(['a', 'b'], 'banger vm create --help'))).toBe(
    'error: the command line has mistakes; see `banger vm create --help`\n  a\n  b',
  );
});

test('for programs an error is whole, and an unknown failure is one too', () => {
  const error = new BangerError('exists', 'VM_EXISTS', 'web is there', { metadata: { vm: 'web' } });
  expect(errorsJson([error])).toEqual({
    error: {
      kind: 'exists',
      reason: 'VM_EXISTS',
      message: 'web is there',
      metadata: { vm: 'web' },
      fields: [],
      preconditions: [],
    },
  });
  expect(errorsJson([new TypeError('oops')])).toMatchObject({ error: { kind: 'internal', reason: 'INTERNAL' } });
});

test('every kind has its exit code', () => {
  const codes = errorKinds.map((kind) => [kind, exitCodeOf(new BangerError(kind, 'X', ''))]);
  expect(Object.fromEntries(codes)).toEqual({
    invalid: 2,
    'not-found': 3,
    exists: 4,
    'wrong-state': 5,
    conflict: 6,
    exhausted: 7,
    unavailable: 8,
    unsupported: 9,
    internal: 1,
  });
  expect(exitCodeOf(interrupted('stopped'))).toBe(130);
  expect(exitCodeOf(new TypeError('oops'))).toBe(1);
});

test('several failures are one document, the first at its usual place', () => {
  const [first, second] = [new BangerError('not-found', 'A', 'a'), new BangerError('exists', 'B', 'b')];
  expect(errorsJson([first, second])).toMatchObject({
    error: { reason: 'A' },
    errors: [{ reason: 'A' }, { reason: 'B' }],
  });
});

test('a terminal does not obey what stands in a message', () => {
  expect(errorText(new BangerError('not-found', 'A', 'no vm is named \x1b[2J'), plain)).toContain('named \\x1b[2J');
});
