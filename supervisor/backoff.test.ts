import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay } from './backoff.js';

const bounds = { initialMs: 200, maxMs: 30_000 };

test('the pause doubles up to its bound', () => {
  const longest = [1, 2, 3, 4, 8, 9, 50].map((failures) => backoffDelay(failures, bounds, () => 1));
  expect(longest).toEqual([200, 400, 800, 1_600, 25_600, 30_000, 30_000]);
});

test('at least half of it is kept, whatever chance says, for any number of failures', () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), chance, (failures, random) => {
      const full = backoffDelay(failures, bounds, () => 1);
      const pause = backoffDelay(failures, bounds, () => random);
      expect(pause).toBeGreaterThanOrEqual(Math.floor(full / 2));
      expect(pause).toBeLessThanOrEqual(full);
    }),
  );
});
