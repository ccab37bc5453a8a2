import { expect, test } from '@jest/globals';
import { isResolvedStub, parseNameServers } from './resolv-conf.js';

test.each([
  ['', ['127.0.0.1']],
  ['search vm\noptions ndots:1\n', ['127.0.0.1']],
  ['nameserver 192.0.2.1\n', ['192.0.2.1']],
  [
    '# by hand\nnameserver\t192.0.2.1 # first\n;nameserver 192.0.2.9\nnameserver fe80::1%eth0\nnameserver dns.example\n',
    ['192.0.2.1', 'fe80::1%eth0'],
  ],
  ['nameserver 192.0.2.1:5353\n', ['127.0.0.1']],
  ['x'.repeat(10), ['127.0.0.1']],
])('%j has the servers %j', (text, servers) => {
  expect(parseNameServers(text)).toEqual(servers);
});

test('only the first three count', () => {
  expect(parseNameServers([1, 2, 3, 4].map((i) => `nameserver 192.0.2.${i}`).join('\n'))).toHaveLength(3);
});

test('systemd-resolved answers at two addresses', () => {
  expect(['127.0.0.53', '127.0.0.54', '127.0.0.1'].map(isResolvedStub)).toEqual([true, true, false]);
});
