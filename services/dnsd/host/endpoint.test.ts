import { expect, test } from '@jest/globals';
import { parseEndpoint } from './endpoint.js';

test.each([
  ['192.0.2.53', '192.0.2.53', 53],
  ['192.0.2.53:5353', '192.0.2.53', 5353],
  ['2001:db8::53', '2001:db8::53', 53],
  ['[2001:db8::53]:5353', '2001:db8::53', 5353],
  ['fe80::1%eth0', 'fe80::1%eth0', 53],
])('%s is %s port %i', (text, address, port) => {
  expect(parseEndpoint(text)).toEqual({ address, port });
});

test.each(['', 'dns.example', '192.0.2.53:', '192.0.2.53:0', '192.0.2.53:65536', '[192.0.2.53]:53', '192.0.2', ':53'])(
  '"%s" is no endpoint',
  (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  },
);
