import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BangerError, commonReasons, type ErrorKind, errorKinds } from '../errors.js';
import { fromStatus, toStatus } from './status.js';

/** What a client gets when a server answers with `error`. */
function acrossTheWire(error: BangerError): BangerError {
  return fromStatus(toStatus(error, 'vmm') as ServiceError, 'vmm');
}

const codes: Record<ErrorKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  exists: status.ALREADY_EXISTS,
  'wrong-state': status.FAILED_PRECONDITION,
  conflict: status.ABORTED,
  exhausted: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  unsupported: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

test.each(errorKinds)('kind %s has its gRPC code and comes back as itself', (kind) => {
  const error = new BangerError(kind, 'SOME_REASON', 'cannot do it', { metadata: { vm: 'web' } });
  expect(toStatus(error, 'vmm').code).toBe(codes[kind]);
  expect(acrossTheWire(error)).toMatchObject({ kind, reason: 'SOME_REASON', message: 'cannot do it' });
});

test.each([
  [commonReasons.DEADLINE_EXCEEDED, status.DEADLINE_EXCEEDED],
  [commonReasons.CANCELLED, status.CANCELLED],
])('%s has a gRPC code of its own', (reason, code) => {
  const error = new BangerError('unavailable', reason, 'it ended');
  expect(toStatus(error, 'vmm').code).toBe(code);
  expect(acrossTheWire(error)).toMatchObject({ kind: 'unavailable', reason });
});

test('any error comes back whole', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  const violation = fc.record({ field: text, description: text });
  const lack = fc.record({
    type: fc.constantFrom('TOOL', 'FILE', 'DEVICE', 'RIGHT', 'SPACE'),
    subject: text,
    description: text,
  } as const);
  const errors = fc.record({
    kind: fc.constantFrom(...errorKinds),
    message: text,
    metadata: fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z]{0,12}$/), text, { maxKeys: 5 }),
    fields: fc.array(violation, { maxLength: 5 }),
    preconditions: fc.array(lack, { maxLength: 5 }),
  });
  fc.assert(
    fc.property(errors, ({ kind, message, ...rest }) => {
      const back = acrossTheWire(new BangerError(kind, 'REASON', message, rest));
      expect({ kind: back.kind, message: back.message, fields: back.fields }).toEqual({
        kind,
        message,
        fields: rest.fields,
      });
      expect(back.preconditions).toEqual(rest.preconditions);
      expect(new Map(Object.entries(back.metadata))).toEqual(new Map(Object.entries(rest.metadata)));
    }),
  );
});

test('what is too long for trailers is cut, and its end says so', () => {
  const long = 'x'.repeat(1_000_000);
  const fields = Array.from({ length: 500 }, () => ({ field: 'name', description: long }));
  const given = new BangerError('invalid', 'REASON', long, { metadata: { output: long }, fields });
  const trailers = toStatus(given, 'vmm').metadata?.get('grpc-status-details-bin')[0] as Buffer;
  expect(trailers.length).toBeLessThan(100_000);
  expect(acrossTheWire(given).message).toMatch(/^x+…$/);
});

function bare(code: status, details: string, raw?: Buffer): ServiceError {
  const metadata = new Metadata();
  if (raw) metadata.set('grpc-status-details-bin', raw);
  return Object.assign(new Error(details), { code, details, metadata });
}

test('details that cannot be read leave the bare status', () => {
  const error = bare(status.NOT_FOUND, 'no such thing', Buffer.from('ffffffffffffff', 'hex'));
  expect(fromStatus(error, 'vmm')).toMatchObject({ kind: 'not-found', message: 'no such thing' });
});

test.each([
  ['No connection established. Last error: connect ECONNREFUSED /run/x.sock', /nothing answers there.*daemon start/],
  ['Connection dropped', /lost the connection.*try again/],
])('UNAVAILABLE with "%s" says what happened', (details, message) => {
  expect(fromStatus(bare(status.UNAVAILABLE, details), 'vmm at /run/x.sock')).toMatchObject({
    kind: 'unavailable',
    reason: 'SERVICE_UNREACHABLE',
    message: expect.stringMatching(message),
  });
});

test('a socket that may not be used is SERVICE_DENIED: a matter of rights, not of a daemon that is down', () => {
  const error = bare(status.UNAVAILABLE, 'No connection established. Last error: Error: connect EACCES /run/x.sock');
  expect(fromStatus(error, 'vmm at /run/x.sock')).toMatchObject({
    kind: 'wrong-state',
    reason: 'SERVICE_DENIED',
    message: expect.stringMatching(/permission denied; run as root, or join the group/),
  });
});

test('a code that banger never gives is INTERNAL', () => {
  expect(fromStatus(bare(status.UNKNOWN, 'boom'), 'vmm')).toMatchObject({ kind: 'internal', reason: 'INTERNAL' });
});
