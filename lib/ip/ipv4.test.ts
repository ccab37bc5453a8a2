import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIpv4, octets, parseIpv4 } from './ipv4.js';

const addresses = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('every address survives being written and read', () => {
  fc.assert(fc.property(addresses, (address) => parseIpv4(formatIpv4(address)) === address));
});

test('what is read is written the same: there is one spelling of each address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.string(), fc.stringMatching(/^[0-9.]{0,18}$/)), (text) => {
      const address = parseIpv4(text);
      expect(address === undefined || formatIpv4(address) === text).toBe(true);
    }),
  );
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '256.0.0.1',
  '01.2.3.4',
  '1.2.3.4 ',
  '0x1.2.3.4',
  '1..2.3',
  '-1.2.3.4',
  '١.2.3.4',
])('%j is no address', (text) => expect(parseIpv4(text)).toBeUndefined());

test('octets come most significant first', () => {
  expect(octets(parseIpv4('10.77.0.1') ?? 0)).toEqual([10, 77, 0, 1]);
});
