import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairCache } from './fair-cache.js';

const facts = (owner: string, bytes = 10, expiresAtMs = 1_000) => ({ owner, bytes, expiresAtMs });

test('whoever has the most loses what was used longest ago', () => {
  const cache = new FairCache<number>({ entries: 4, bytes: 1_000 });
  cache.set('quiet', 1, facts('a'));
  for (const [i, key] of ['x', 'y', 'z'].entries()) cache.set(key, i, facts('b'));
  expect(cache.get('x', 0)).toBe(0);
  for (let i = 0; i < 50; i++) cache.set(`flood${i}`, i, facts('b'));
  expect(cache.get('quiet', 0)).toBe(1);
  expect(cache.size).toBe(4);
  expect(['x', 'y', 'z', 'flood48', 'flood49'].map((key) => cache.get(key, 0) !== undefined)).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});

test('what is used stays longer than what is not', () => {
  const cache = new FairCache<number>({ entries: 2, bytes: 1_000 });
  cache.set('x', 1, facts('a'));
  cache.set('y', 2, facts('a'));
  cache.get('x', 0);
  cache.set('z', 3, facts('a'));
  expect([cache.get('x', 0), cache.get('y', 0)]).toEqual([1, undefined]);
});

test('what is larger than all there is, is not kept, and pushes nothing out', () => {
  const cache = new FairCache<number>({ entries: 9, bytes: 100 });
  cache.set('x', 1, facts('a'));
  cache.set('large', 2, facts('a', 101));
  expect([cache.get('x', 0), cache.get('large', 0)]).toEqual([1, undefined]);
});

const steps = fc.array(
  fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    key: fc.nat(20),
    bytes: fc.nat(60),
    lifeMs: fc.nat(30),
    looks: fc.boolean(),
  }),
  { maxLength: 200 },
);

test('it stays within its bounds, and gives only what was put in last and still holds', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const cache = new FairCache<number>({ entries: 8, bytes: 200 });
      const last = new Map<string, { value: number; until: number; bytes: number }>();
      for (const [now, { owner, key, bytes, lifeMs, looks }] of all.entries()) {
        const name = String(key);
        if (looks) {
          const got = cache.get(name, now);
          const known = last.get(name);
          if (got !== undefined) expect([got, now < (known?.until ?? 0)]).toEqual([known?.value, true]);
        } else {
          cache.set(name, now, facts(owner, bytes, now + lifeMs));
          last.set(name, { value: now, until: now + lifeMs, bytes });
          if (lifeMs > 0) expect(cache.get(name, now)).toBe(now);
        }
        expect(cache.size).toBeLessThanOrEqual(8);
        expect(cache.bytes).toBeLessThanOrEqual(200);
      }
      for (const key of last.keys()) cache.get(key, 10_000);
      expect([cache.size, cache.bytes]).toEqual([0, 0]);
    }),
  );
});
