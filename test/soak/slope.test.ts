import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { grows, slopeOf } from './slope.js';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });

test('figures on a line have its slope, and no error', () => {
  fc.assert(
    fc.property(number, number, fc.integer({ min: 3, max: 50 }), (start, step, count) => {
      const { perCycle, error } = slopeOf(Array.from({ length: count }, (_, i) => start + step * i));
      expect(perCycle).toBeCloseTo(step, 3);
      expect(error).toBeLessThan(1);
    }),
  );
});

test('what goes up and down by chance does not grow, what goes up through it does', () => {
  const noise = [3, -2, 1, -1, 2, -3, 2, -1, 0, 1, -2, 0];
  expect(grows(slopeOf(noise))).toBe(false);
  expect(grows(slopeOf(noise.map((value, i) => value + 5 * i)))).toBe(true);
  expect(grows(slopeOf(noise.map((value, i) => value - 5 * i)))).toBe(false);
});

test('fewer than three figures prove nothing', () => {
  expect(grows(slopeOf([1, 9]))).toBe(false);
  expect(slopeOf([4])).toEqual({ perCycle: 0, error: Number.POSITIVE_INFINITY });
});
