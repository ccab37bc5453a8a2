import { expect, test } from '@jest/globals';
import { parseEndpoint, reaches } from './endpoint.js';

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

test('a listener on every address is reached by all of them', () => {
  const here = { address: '127.0.0.1', port: 42069 };
  expect(reaches(here, here)).toBe(true);
  expect(reaches({ address: '127.0.0.9', port: 42069 }, { address: '0.0.0.0', port: 42069 })).toBe(true);
  expect(reaches({ address: '127.0.0.9', port: 42069 }, here)).toBe(false);
  expect(reaches({ address: '127.0.0.1', port: 53 }, here)).toBe(false);
});
