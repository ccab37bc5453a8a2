import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { namesIn, remotePeer, remoteRefusalOf } from './peer.js';

const named = (subject: unknown, subjectaltname?: string) => namesIn({ subject, subjectaltname } as never);

test('names are those of the subject and the alternative ones, by their kinds', () => {
  const text = 'DNS:ci.example.org, URI:spiffe://example.org/ci, email:a@example.org, IP Address:192.0.2.1';
  const others = ['DNS:ci.example.org', 'URI:spiffe://example.org/ci', 'email:a@example.org'];
  expect(named({ CN: 'alice' }, text)).toEqual(['CN:alice', ...others]);
  expect(named({ O: 'banger' })).toEqual([]);
  expect(named(undefined)).toEqual([]);
});

test('a name that looks like two is one, and a text that cannot be read has none', () => {
  expect(named({ CN: 'x' }, 'URI:"http://a/, DNS:admin"')).toEqual(['CN:x', 'URI:http://a/, DNS:admin']);
  expect(named({}, 'DNS:good, URI:"half')).toEqual([]);
  expect(named({}, 'DNS:good, nonsense')).toEqual([]);
  expect(named({ CN: ['alice', 'bob'] })).toEqual([]);
});

test('no value, however it is written, gives a name of another kind or a second one', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      // As Node writes a value that has what parts entries.
      const text = /[,"\p{Cc}]/u.test(value) ? JSON.stringify(value) : value;
      expect(named({}, `URI:${text}`)).toEqual([`URI:${value}`]);
    }),
  );
});

const rules = { admins: ['CN:alice'], readers: ['DNS:watch.example.org'] };
const roleOf = (...names: string[]) => remotePeer(names, rules);
const read = { path: '/banger.vmm.v1.VmService/GetVm', readOnly: true };
const change = { path: '/banger.vmm.v1.VmService/DeleteVm', readOnly: false };

test('the lists say who may do what, and the kind of a name is part of it', () => {
  expect(roleOf('CN:alice')).toEqual({ role: 'admin', name: 'CN:alice' });
  expect(roleOf('CN:x', 'DNS:watch.example.org')).toEqual({ role: 'reader', name: 'DNS:watch.example.org' });
  expect(roleOf('DNS:watch.example.org', 'CN:alice').role).toBe('admin');
  expect(roleOf('DNS:alice', 'CN:Alice')).toEqual({ role: 'stranger', name: 'DNS:alice, CN:Alice' });
  expect(roleOf()).toEqual({ role: 'stranger', name: 'without a name' });
});

test('an admin calls everything, a reader what changes nothing, a stranger nothing', () => {
  const admin = roleOf('CN:alice');
  expect([remoteRefusalOf(admin, read, 'vmm'), remoteRefusalOf(admin, change, 'vmm')]).toEqual([undefined, undefined]);
  const reader = roleOf('DNS:watch.example.org');
  expect(remoteRefusalOf(reader, read, 'vmm')).toBeUndefined();
  expect(remoteRefusalOf(reader, change, 'vmm')).toMatchObject({
    reason: 'CALLER_DENIED',
    message: expect.stringContaining(
      'cannot call DeleteVm of vmm: the certificate DNS:watch.example.org may read only',
    ),
    metadata: { certificate: 'DNS:watch.example.org', role: 'reader', method: 'DeleteVm' },
  });
  expect(remoteRefusalOf(roleOf('CN:x'), read, 'vmm')?.message).toContain('may not call anything here');
});
