import { expect, test } from '@jest/globals';
import { listenFailed } from './errors.js';

test.each([
  ['EADDRINUSE', 'DNS_PORT_IN_USE', 'another program has the port'],
  ['EADDRNOTAVAIL', 'DNS_ADDRESS_MISSING', 'not on this host'],
  ['EACCES', 'DNS_LISTEN_FAILED', 'permission denied'],
  ['EMFILE', 'DNS_LISTEN_FAILED', 'too many open files'],
])('%s is %s and says why', (code, reason, why) => {
  const error = listenFailed('127.0.0.1', 53, Object.assign(new Error('too many open files'), { code }));
  expect(error).toMatchObject({ reason, kind: 'wrong-state', message: expect.stringContaining(why) });
  expect(error.message).toContain('cannot answer DNS at 127.0.0.1 port 53');
});
