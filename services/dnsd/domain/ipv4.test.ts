import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIpv4 } from '../../../lib/ip/ipv4.js';
import { contains, parsePrefix } from './ipv4.js';

test.each(['10.77.0.0', '10.77.0.0/', '10.77.0.0/33', '10.77.0.1/16', '10.77.0.0/16/1', '10.77.0.0/1e1', 'x/8'])(
  'the text "%s" is no prefix',
  (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  },
);

test('a prefix holds just the addresses that begin with its bits', () => {
  const any = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(any, any, fc.integer({ min: 0, max: 32 }), (one, other, length) => {
      const bits = (address: number) => address.toString(2).padStart(32, '0').slice(0, length);
      const base = Number.parseInt(bits(one).padEnd(32, '0'), 2);
      const prefix = parsePrefix(`${formatIpv4(base)}/${length}`);
      expect(prefix).toEqual({ base, length });
      expect(prefix && contains(prefix, one)).toBe(true);
      expect(prefix && contains(prefix, other)).toBe(bits(one) === bits(other));
    }),
  );
});
