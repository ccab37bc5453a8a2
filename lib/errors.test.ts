import { expect, test } from '@jest/globals';
import { BangerError, commonReasons, hostNotReady, invalidRequest, isBangerError, toBangerError } from './errors.js';

test('every field mistake of a request is in one error, in its text too', () => {
  const error = invalidRequest('create vm web', [
    { field: 'spec.cpu_count', description: 'must be 1 to 64' },
    { field: 'spec.memory_mib', description: 'must be 64 to 1,048,576' },
  ]);
  expect(error).toMatchObject({ kind: 'invalid', reason: 'INVALID_REQUEST' });
  expect(error.message).toBe(
    'cannot create vm web: spec.cpu_count: must be 1 to 64; spec.memory_mib: must be 64 to 1,048,576',
  );
  expect(error.fields).toHaveLength(2);
});

test('everything that the host lacks is in one error', () => {
  const error = hostNotReady('build image debian', [
    { type: 'TOOL', subject: 'mmdebstrap', description: 'apt install mmdebstrap' },
    { type: 'DEVICE', subject: '/dev/net/tun', description: 'modprobe tun' },
  ]);
  expect(error).toMatchObject({ kind: 'wrong-state', reason: 'HOST_NOT_READY' });
  expect(error.message).toBe(
    'cannot build image debian: mmdebstrap is missing (apt install mmdebstrap); /dev/net/tun is missing (modprobe tun)',
  );
});

test('our own error passes through; anything else becomes INTERNAL with its cause', () => {
  const ours = new BangerError('exists', 'VM_EXISTS', 'cannot create vm web: it exists');
  expect(toBangerError(ours)).toBe(ours);
  const foreign = new RangeError('index');
  expect(toBangerError(foreign)).toMatchObject({ kind: 'internal', reason: 'INTERNAL', cause: foreign });
  expect(toBangerError('text').message).toBe('text');
});

test('a reason narrows what counts as our error', () => {
  const error = new BangerError('not-found', 'VM_NOT_FOUND', 'no vm web');
  expect(isBangerError(error)).toBe(true);
  expect(isBangerError(error, 'VM_NOT_FOUND')).toBe(true);
  expect(isBangerError(error, 'VM_EXISTS')).toBe(false);
  expect(isBangerError(new Error('VM_NOT_FOUND'), 'VM_NOT_FOUND')).toBe(false);
});

test('the name of a common reason is its value', () => {
  for (const [name, value] of Object.entries(commonReasons)) expect(value).toBe(name);
});
