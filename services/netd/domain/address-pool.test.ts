import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatIpv4, parseIpv4 } from '../../../lib/ip/ipv4.js';
import {
  type AddressPool,
  addressPool,
  capacity,
  contains,
  macOf,
  nextFree,
  poolProblem,
  tapName,
  tapPrefixProblem,
} from './address-pool.js';

const pools = fc
  .tuple(fc.integer({ min: 8, max: 28 }), fc.integer({ min: 1, max: 126 }), fc.integer({ min: 0, max: 2 ** 24 - 1 }))
  .map(([length, first, rest]) => {
    const address = first * 2 ** 24 + rest;
    return addressPool(`${formatIpv4(address - (address % 2 ** (32 - length)))}/${length}`);
  });

describe('a pool', () => {
  test('has its gateway first, then a gap, then guests up to the last but one address', () => {
    const pool = addressPool('10.77.0.0/16');
    expect(pool.gateway).toBe('10.77.0.1');
    expect(formatIpv4(pool.first)).toBe('10.77.0.10');
    expect(formatIpv4(pool.last)).toBe('10.77.255.254');
    expect(capacity(pool)).toBe(65525);
  });

  test('contains its gateway and its guests, and neither neighbour', () => {
    fc.assert(
      fc.property(pools, (pool) => {
        const size = 2 ** (32 - pool.length);
        const inside = [parseIpv4(pool.gateway) ?? -1, pool.first, pool.last, pool.network, pool.network + size - 1];
        expect(inside.every((address) => contains(pool, address))).toBe(true);
        expect([pool.network - 1, pool.network + size].some((address) => contains(pool, address))).toBe(false);
      }),
    );
  });

  test.each([
    ['10.77.0.0', 'must be an IPv4 prefix'],
    ['10.77.0.0/16/1', 'must be an IPv4 prefix'],
    ['nonsense', 'must be an IPv4 prefix'],
    ['10.77.0.0/7', 'prefix length from 8 to 28'],
    ['10.77.0.0/29', 'prefix length from 8 to 28'],
    ['10.77.3.0/16', 'did you mean 10.77.0.0/16'],
    ['127.0.0.0/8', 'addresses that hosts can have'],
    ['224.0.0.0/8', 'addresses that hosts can have'],
  ])('%s is refused: %s', (prefix, problem) => {
    expect(poolProblem(prefix)).toContain(problem);
    expect(() => addressPool(prefix)).toThrow(TypeError);
  });
});

/** Takes and frees addresses as netd does. */
class Guests {
  readonly taken = new Set<number>();
  last: number | undefined;

  constructor(readonly pool: AddressPool) {}

  take(): number | undefined {
    const address = nextFree(this.pool, this.taken, this.last);
    if (address === undefined) return undefined;
    this.taken.add(address);
    this.last = address;
    return address;
  }
}

describe('allocation', () => {
  test('gives the lowest first', () => {
    const guests = new Guests(addressPool('10.77.0.0/24'));
    expect([guests.take(), guests.take(), guests.take()].map((a) => formatIpv4(a ?? 0))).toEqual([
      '10.77.0.10',
      '10.77.0.11',
      '10.77.0.12',
    ]);
  });

  test('never gives an address twice, nor one outside, and fails only when all are taken', () => {
    const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.nat()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (commands) => {
        const guests = new Guests(addressPool('192.0.2.16/28'));
        for (const command of commands) {
          if (command === 'take') {
            const before = guests.taken.size;
            const address = guests.take();
            expect(address === undefined).toBe(before === capacity(guests.pool));
            if (address === undefined) continue;
            expect(guests.taken.size).toBe(before + 1);
            expect(address >= guests.pool.first && address <= guests.pool.last).toBe(true);
          } else {
            const list = [...guests.taken];
            guests.taken.delete(list[command % list.length] ?? -1);
          }
        }
      }),
    );
  });

  test('gives a freed address again only after all that were free before it', () => {
    const pool = addressPool('192.0.2.16/28');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: capacity(pool) }), (count) => {
        const guests = new Guests(pool);
        const given = Array.from({ length: count }, () => guests.take());
        const freed = given.at(-1) ?? -1;
        guests.taken.delete(freed);
        const rest = capacity(pool) - count;
        expect(Array.from({ length: rest }, () => guests.take())).not.toContain(freed);
        expect(guests.take()).toBe(freed);
        expect(guests.take()).toBeUndefined();
      }),
    );
  });

  test('starts at the beginning when the last given is not of this pool', () => {
    const pool = addressPool('192.0.2.16/28');
    for (const last of [0, pool.first - 1, pool.last, pool.last + 1]) {
      expect(nextFree(pool, new Set(), last)).toBe(pool.first);
    }
  });
});

test('addresses, taps and cards tell one another: no two guests share any', () => {
  fc.assert(
    fc.property(pools, fc.nat(), fc.nat(), (pool, a, b) => {
      const [one, two] = [pool.first + (a % capacity(pool)), pool.first + (b % capacity(pool))];
      expect(macOf(one) === macOf(two)).toBe(one === two);
      expect(tapName(pool, 'bgr', one) === tapName(pool, 'bgr', two)).toBe(one === two);
    }),
  );
});

test('a card’s address is locally administered and one host’s', () => {
  expect(macOf(parseIpv4('10.77.0.10') ?? 0)).toBe('02:ba:0a:4d:00:0a');
});

describe('the prefix of tap names', () => {
  test('is right exactly when every tap’s name fits the kernel’s 15 characters', () => {
    fc.assert(
      fc.property(pools, fc.stringMatching(/^[a-z][a-z0-9_-]{0,15}$/), (pool, prefix) => {
        const fits = tapName(pool, prefix, pool.last).length <= 15;
        expect(tapPrefixProblem(prefix, pool) === undefined).toBe(fits);
      }),
    );
  });

  test.each(['', 'Bgr', '9bg', 'b g', 'b*', 'b/g', 'b.g'])('%j is refused', (prefix) => {
    expect(tapPrefixProblem(prefix, addressPool('10.77.0.0/16'))).toContain('must be lower-case letters');
  });
});
