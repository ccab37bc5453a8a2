import { isIPv6 } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIpv6, parseIpv6Prefix } from './ipv6.js';

const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

/** The 32 digits, written without any of the code that is tested. */
const digitsOf = (numbers: readonly number[]) => numbers.map((number) => number.toString(16).padStart(4, '0')).join('');

test('every address is read as it is written, whichever zeros are left out', () => {
  fc.assert(
    fc.property(groups, fc.nat(7), fc.nat(7), fc.boolean(), (numbers, one, other, upper) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
      const zeroed = numbers.map((number, i) => (i >= from && i < to ? 0 : number));
      const text = (part: readonly number[]) => part.map((number) => number.toString(16)).join(':');
      const short = `${text(zeroed.slice(0, from))}::${text(zeroed.slice(to))}`;
      expect(parseIpv6(upper ? short.toUpperCase() : short)).toEqual(digitsOf(zeroed));
      expect(parseIpv6(text(numbers))).toEqual(digitsOf(numbers));
    }),
  );
});

test('whatever is read is an address', () => {
  const piece = fc.constantFrom('0', 'fd00', ':', '::', '1', 'g', '12345', '.', '/');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const digits = parseIpv6(text);
      if (digits !== undefined) expect([isIPv6(text), digits.length]).toEqual([true, 32]);
      else expect(isIPv6(text)).toBe(false);
    }),
  );
});

test.each([
  '',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  'fe80::1%eth0',
  '10.77.0.1',
])('the text "%s" is no address', (text) => {
  expect(parseIpv6(text)).toBeUndefined();
});

test.each([
  ['fd00:77::/64', 64],
  ['::/0', 0],
  ['fd00:77::a/128', 128],
  ['fd00:76::/31', 31],
])('%s is a prefix', (text, length) => {
  expect(parseIpv6Prefix(text)).toEqual({ digits: parseIpv6(text.split('/')[0] ?? ''), length });
});

test.each([
  'fd00::',
  'fd00::/',
  'fd00::/129',
  'fd00::1/64',
  'fd00:77::/31',
  'fd00::/64/1',
  'fd00::/1e1',
  'x/8',
  '10.0.0.0/8',
])('the text "%s" is no prefix', (text) => {
  expect(parseIpv6Prefix(text)).toBeUndefined();
});
