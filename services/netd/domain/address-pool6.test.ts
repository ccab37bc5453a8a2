import { isIPv6 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIp, parsePrefix } from '../../../lib/ip/address.js';
import { formatIpv4 } from '../../../lib/ip/ipv4.js';
import { addressPool } from './address-pool.js';
import { ipv6At, ipv6Pool, ipv6PoolProblem, uniqueLocalPool } from './address-pool6.js';

const pool = addressPool('10.77.0.0/16');
const pool6 = ipv6Pool('fd12:3456:789a::/64');

describe('a guest’s address', () => {
  test('is at the same place as its IPv4 address', () => {
    expect(pool6.host).toBe('fd12:3456:789a::1');
    expect(ipv6At(pool6, pool, '10.77.0.10')).toBe('fd12:3456:789a::a');
    expect(ipv6At(pool6, pool, '10.77.255.254')).toBe('fd12:3456:789a::fffe');
    expect(() => ipv6At(pool6, pool, 'web')).toThrow(TypeError);
  });

  test('is of the pool, its own, and in the one spelling, however long the prefixes are', () => {
    const sizes = fc.record({ length: fc.integer({ min: 8, max: 28 }), spare: fc.nat(72), a: fc.nat(), b: fc.nat() });
    fc.assert(
      fc.property(sizes, ({ length, spare, a, b }) => {
        const four = addressPool(`10.0.0.0/${length}`);
        const length6 = Math.min(120, Math.max(32, 96 + length - spare));
        const text = `2001:db8::/${length6}`;
        expect(ipv6PoolProblem(text, four)).toBeUndefined();
        const six = ipv6Pool(text);
        const [one, two] = [a, b].map((n) => formatIpv4(four.first + (n % (four.last - four.first + 1))));
        const [one6, two6] = [ipv6At(six, four, one ?? ''), ipv6At(six, four, two ?? '')];
        expect(one6 === two6).toBe(one === two);
        expect(isIPv6(one6)).toBe(true);
        const value = parseIp(one6)?.value ?? 0n;
        expect(value >> BigInt(128 - length6)).toBe(six.network >> BigInt(128 - length6));
      }),
    );
  });
});

test.each([
  ['10.0.0.0/8', 'must be an IPv6 prefix'],
  ['fd00::', 'must be an IPv6 prefix'],
  ['nonsense', 'must be an IPv6 prefix'],
  ['fd00::/64/64', 'must be an IPv6 prefix'],
  ['fd00::/16', 'prefix length from 32 to 120'],
  ['fd00::/121', 'prefix length from 32 to 120'],
  ['fd00::1/64', 'bits set behind the prefix'],
  ['fe80::/64', 'must be of 2000::/3'],
  ['ff00::/64', 'must be of 2000::/3'],
  ['::/64', 'must be of 2000::/3'],
  ['2001:db8::/113', 'must have at most 112 bits to have room for as many as 10.77.0.0/16'],
])('%s is refused: %s', (text, problem) => expect(ipv6PoolProblem(text, pool)).toContain(problem));

test('the pool of a host is unique local, of 64 bits, and another one for another hash', () => {
  const hashes = fc.stringMatching(/^[0-9a-f]{12}$/);
  fc.assert(
    fc.property(hashes, hashes, (one, other) => {
      expect(ipv6PoolProblem(uniqueLocalPool(one), pool)).toBeUndefined();
      expect(parsePrefix(uniqueLocalPool(one))?.length).toBe(64);
      expect(uniqueLocalPool(one) === uniqueLocalPool(other)).toBe(one.slice(0, 10) === other.slice(0, 10));
    }),
  );
  expect(uniqueLocalPool('0123456789ab')).toBe('fd01:2345:6789::/64');
});
