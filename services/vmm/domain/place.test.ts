import { expect, test } from '@jest/globals';
import { placeViolations } from './place.js';

const fieldsOf = (ipv4Address: string, macAddress: string) =>
  placeViolations({ ipv4Address, macAddress }).map(({ field }) => field);

test('what is not asked for is right', () => expect(fieldsOf('', '')).toEqual([]));

test('both mistakes are told', () => expect(fieldsOf('web', '1')).toEqual(['ipv4_address', 'mac_address']));

test.each(['0.0.0.0', '10.77.0.20', '255.249.199.9'])('%s has the form of an address', (address) => {
  expect(fieldsOf(address, '')).toEqual([]);
});

test.each(['10.77.0', '10.77.0.256', '10.77.0.020', '10.77.0.1 ', '10.77.0.1.1', '300.1.1.1', 'fd00::1'])(
  '%j does not',
  (address) => expect(fieldsOf(address, '')).toEqual(['ipv4_address']),
);

test.each(['52:54:00:12:34', '52-54-00-12-34-56', '52:54:00:12:34:5g', '52:54:00:12:34:567'])(
  '%j is not the address of a card',
  (mac) => expect(fieldsOf('', mac)).toEqual(['mac_address']),
);
