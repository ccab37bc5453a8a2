import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holdsPrefix, parsePrefix } from '../../../lib/ip/address.js';
import { addressPool } from './address-pool.js';
import { freePool, poolConflict } from './pool-conflict.js';

const settings = {
  mark: '0123456789ab',
  pool: addressPool('10.77.0.0/16'),
  tapPrefix: 'bgr',
  table: 'banger',
  dnsPort: 42069,
};
const withRoute = (target: string, link = 'wg0') =>
  poolConflict(settings, { addresses: [], routes: [{ target, link }] });

describe('the pool', () => {
  test.each(['10.0.0.0/8', '10.77.0.0/16', '10.76.0.0/15', '10.77.3.0/24', '10.77.0.1'])(
    'is in the way of a route to %s',
    (target) => {
      expect(withRoute(target)).toEqual({
        pool: '10.77.0.0/16',
        what: `the host has a route to ${target} by wg0`,
        way: expect.stringMatching(/^set another `ipv4_pool` in section \[netd\], such as \S+\/16, which is free$/),
      });
    },
  );

  test.each([
    ['to another network', '10.78.0.0/16', 'wg0'],
    ['of Docker', '172.17.0.0/16', 'docker0'],
    ['to half of all addresses, as a VPN has for everything', '0.0.0.0/1', 'tun0'],
    ['to a guest', '10.77.0.10', 'bgr10'],
    ['of the other family', 'fd00::/8', 'wg0'],
  ])('is in nobody’s way with a route %s', (_, target, link) => expect(withRoute(target, link)).toBeUndefined());

  test('is taken by an address of the host, but not by our gateway’s', () => {
    const on = (label: string, link = 'lo') =>
      poolConflict(settings, { addresses: [{ address: '10.77.0.1', link, label }], routes: [] })?.what;
    expect(on('lo:0123456789ab')).toBeUndefined();
    expect(on('bgr10', 'bgr10')).toBeUndefined();
    expect(on('lo:ba9876543210')).toBe('the host has the address 10.77.0.1 of it on lo');
    expect(on('eth0', 'eth0')).toBe('the host has the address 10.77.0.1 of it on eth0');
  });
});

describe('the pool that is proposed', () => {
  test('is free, whatever routes there are', () => {
    const route = fc
      .tuple(fc.constantFrom('10', '172', '192.168'), fc.nat(255), fc.integer({ min: 8, max: 24 }))
      .map(([start, octet, length]) => {
        const bytes = [...`${start}.${octet}.0.0`.split('.')].slice(0, 4);
        const number = bytes.reduce((value, byte) => value * 256 + Number(byte), 0);
        const size = 2 ** (32 - length);
        return { family: 4, value: BigInt(number - (number % size)), length } as const;
      });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 20 }), fc.integer({ min: 8, max: 28 }), (taken, length) => {
        const free = freePool(length, taken);
        if (free === undefined) return;
        const prefix = parsePrefix(free);
        const overlaps = taken.some((each) => prefix && (holdsPrefix(each, prefix) || holdsPrefix(prefix, each)));
        expect(overlaps).toBe(false);
        expect(() => addressPool(free)).not.toThrow();
      }),
    );
  });

  test('is as large as the one that is set, and smaller where no room is left', () => {
    const taken = (text: string) => parsePrefix(text) ?? fail(text);
    expect(freePool(20, [taken('10.77.0.0/16')])).toBe('10.78.0.0/20');
    expect(freePool(16, [taken('10.0.0.0/8')])).toBe('172.24.0.0/16');
    expect(freePool(16, [taken('10.0.0.0/8'), taken('172.16.0.0/12')])).toBe('192.168.64.0/24');
    expect(freePool(16, [taken('10.0.0.0/8'), taken('172.16.0.0/12'), taken('192.168.0.0/16')])).toBeUndefined();
  });
});

function fail(text: string): never {
  throw new TypeError(`${text} is no prefix`);
}
