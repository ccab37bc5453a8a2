import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from './rate-limit.js';

test('a burst, then so many a second, each asker for itself', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 5, askers: 100 });
  const allowed = (asker: string, nowMs: number) =>
    Array.from({ length: 20 }, () => limit.allows(asker, nowMs)).filter(Boolean).length;
  expect([allowed('a', 0), allowed('a', 0), allowed('b', 0)]).toEqual([5, 0, 5]);
  expect([allowed('a', 300), allowed('a', 350), allowed('a', 400)]).toEqual([3, 0, 1]);
  expect(allowed('a', 60_000)).toBe(5);
});

test('in no stretch of time more is allowed than burst and rate give', () => {
  const gaps = fc.array(fc.nat(300), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (steps, perSecond, burst) => {
      const limit = new RateLimit({ perSecond, burst, askers: 2 });
      let now = 0;
      const times = steps.flatMap((step) => {
        now += step;
        return limit.allows('a', now) ? [now] : [];
      });
      for (const [i, from] of times.entries()) {
        for (const [j, to] of times.entries()) {
          if (j < i) continue;
          expect(j - i + 1).toBeLessThanOrEqual(burst + ((to - from) * perSecond) / 1000 + 1e-6);
        }
      }
    }),
  );
});

test('however many askers come, only so many are remembered', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1, askers: 2 });
  expect(['a', 'b', 'a', 'c', 'b', 'a'].map((asker) => limit.allows(asker, 0))).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
  ]);
});
