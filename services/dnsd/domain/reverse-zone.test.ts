import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains, octetsOf, type Prefix, parsePrefix } from './ipv4.js';
import { reverseName, reversePaths, reversePosition, reverseZones } from './reverse-zone.js';

function pool(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  return prefix;
}

test.each([
  ['10.0.0.0/8', ['10.in-addr.arpa']],
  ['10.77.0.0/16', ['77.10.in-addr.arpa']],
  ['10.77.0.0/22', ['0.77.10.in-addr.arpa', '1.77.10.in-addr.arpa', '2.77.10.in-addr.arpa', '3.77.10.in-addr.arpa']],
  ['10.77.4.8/31', ['8.4.77.10.in-addr.arpa', '9.4.77.10.in-addr.arpa']],
  ['10.77.4.8/32', ['8.4.77.10.in-addr.arpa']],
])('the pool %s has the zones %j', (text, zones) => {
  expect(reverseZones(pool(text))).toEqual(zones);
});

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyPool = fc.tuple(address, fc.integer({ min: 1, max: 32 })).map(([near, length]) => {
  const size = 2 ** (32 - length);
  return { base: Math.floor(near / size) * size, length };
});

test('the name of an address is in a zone of the pool exactly when the address is in the pool', () => {
  fc.assert(
    fc.property(anyPool, address, fc.nat(), (prefix, anywhere, offset) => {
      const inside = prefix.base + (offset % 2 ** (32 - prefix.length));
      for (const candidate of [anywhere, inside]) {
        const position = reversePosition(reverseName(candidate).split('.'), prefix);
        expect(position !== undefined).toBe(contains(prefix, candidate));
        if (position === undefined) continue;
        expect(position.path).toBe(octetsOf(candidate).join('.'));
        expect(reverseZones(prefix)).toContain(position.zone);
      }
    }),
  );
});

test('labels that are no octets have no path, even when their dots make them look like one', () => {
  const prefix = pool('10.77.0.0/16');
  for (const labels of [['10.0'], ['x', '0'], ['010', '0'], ['256']]) {
    const position = reversePosition([...labels, '77', '10', 'in-addr', 'arpa'], prefix);
    expect(position).toEqual({ zone: '77.10.in-addr.arpa', path: undefined });
  }
});

test('between a zone and an address there are empty names', () => {
  expect(reversePaths(0x0a4d000a, pool('10.0.0.0/8'))).toEqual({ path: '10.77.0.10', above: ['10.77', '10.77.0'] });
  expect(reversePaths(0x0a4d000a, pool('10.77.0.0/24'))).toEqual({ path: '10.77.0.10', above: [] });
});
