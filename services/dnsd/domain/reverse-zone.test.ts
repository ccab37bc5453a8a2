import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { poolOf } from '../testing/zones.js';
import { pathAbove, reverseFamily, reverseName, reversePath, reversePosition, reverseZones } from './reverse-zone.js';

test.each([
  ['10.0.0.0/8', ['10.in-addr.arpa']],
  ['10.77.0.0/16', ['77.10.in-addr.arpa']],
  ['10.77.0.0/22', ['0.77.10.in-addr.arpa', '1.77.10.in-addr.arpa', '2.77.10.in-addr.arpa', '3.77.10.in-addr.arpa']],
  ['10.77.4.8/31', ['8.4.77.10.in-addr.arpa', '9.4.77.10.in-addr.arpa']],
  ['10.77.4.8/32', ['8.4.77.10.in-addr.arpa']],
  ['fd00:77::/32', ['7.7.0.0.0.0.d.f.ip6.arpa']],
  ['fd00:76::/31', ['6.7.0.0.0.0.d.f.ip6.arpa', '7.7.0.0.0.0.d.f.ip6.arpa']],
])('the pool %s has the zones %j', (text, zones) => {
  expect(reverseZones(poolOf(text))).toEqual(zones);
});

/** An address of either family as its bits, with how it is written and how many bits a label has. */
const anyAddress = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((octets) => ({
    family: 'ipv4' as const,
    bits: octets.map((octet) => octet.toString(2).padStart(8, '0')).join(''),
  })),
  fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map((groups) => ({
    family: 'ipv6' as const,
    bits: groups.map((group) => group.toString(2).padStart(16, '0')).join(''),
  })),
);

function textOf({ family, bits }: { family: 'ipv4' | 'ipv6'; bits: string }): string {
  const numbers = bits.match(family === 'ipv4' ? /.{8}/g : /.{16}/g)?.map((part) => Number.parseInt(part, 2)) ?? [];
  return family === 'ipv4' ? numbers.join('.') : numbers.map((number) => number.toString(16)).join(':');
}

function nameOf(address: { family: 'ipv4' | 'ipv6'; bits: string }): string[] {
  return reverseName(address.family, reversePath(address.family, textOf(address)) ?? '').split('.');
}

test('the name of an address is in a zone of the pool exactly when the address is in the pool', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, fc.nat(128), fc.nat(128), (near, other, cut, shared) => {
      const width = near.bits.length;
      const length = Math.min(cut, width);
      // 128 zones of one label are the most; a pool of all addresses has none of its own.
      fc.pre(length > 0);
      const pool = poolOf(`${textOf({ ...near, bits: near.bits.slice(0, length).padEnd(width, '0') })}/${length}`);
      const close = { ...near, bits: `${near.bits.slice(0, shared)}1`.padEnd(width, '0').slice(0, width) };
      for (const candidate of [near, other, close]) {
        const inside = candidate.family === near.family && candidate.bits.startsWith(near.bits.slice(0, length));
        const position = reversePosition(nameOf(candidate), [pool]);
        expect(position !== undefined).toBe(inside);
        if (position === undefined) continue;
        expect(position.path).toBe(reversePath(candidate.family, textOf(candidate)));
        expect(reverseZones(pool)).toContain(position.zone);
      }
    }),
  );
});

test('labels that are none of an address have no path, even when their dots make them look like one', () => {
  for (const labels of [['10.0'], ['x', '0'], ['010', '0'], ['256'], ['-1'], ['1e1'], [' 1'], ['']]) {
    const position = reversePosition([...labels, '77', '10', 'in-addr', 'arpa'], [poolOf('10.77.0.0/16')]);
    expect(position).toMatchObject({ zone: '77.10.in-addr.arpa', isApex: false, path: undefined });
  }
  for (const labels of [['00'], ['g'], ['A'], ['1.0']]) {
    const position = reversePosition([...labels, 'd', 'f', 'ip6', 'arpa'], [poolOf('fd00::/8')]);
    expect(position).toMatchObject({ zone: 'd.f.ip6.arpa', isApex: false, path: undefined });
  }
});

test('the family of a name is told by its end', () => {
  expect(['1.in-addr.arpa', 'ip6.arpa', 'arpa', 'vm', 'ip6.vm'].map((name) => reverseFamily(name.split('.')))).toEqual([
    'ipv4',
    'ipv6',
    undefined,
    undefined,
    undefined,
  ]);
});

test('above an address there is a path for every label, to the top', () => {
  const above = (family: 'ipv4' | 'ipv6', path: string): string[] => {
    const next = pathAbove(family, path);
    return next === undefined ? [] : [next, ...above(family, next)];
  };
  expect(above('ipv4', '10.77.0.10')).toEqual(['10.77.0', '10.77', '10']);
  expect(above('ipv6', 'fd00')).toEqual(['fd0', 'fd', 'f']);
});
