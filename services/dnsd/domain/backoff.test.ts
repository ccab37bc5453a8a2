import { expect, test } from '@jest/globals';
import { Backoff } from './backoff.js';

test('pauses double up to the last, and begin anew after a success', () => {
  const backoff = new Backoff(100, 500);
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
    100, 200, 400, 500, 500,
  ]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
