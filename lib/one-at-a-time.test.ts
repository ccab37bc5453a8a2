import { expect, test } from '@jest/globals';
import { oneAtATime } from './one-at-a-time.js';

/** Work that ends when it is told to. */
function heldWork() {
  const ends: (() => void)[] = [];
  let running = 0;
  const work = () =>
    new Promise<void>((resolve) => {
      expect(++running).toBe(1);
      ends.push(() => {
        running--;
        resolve();
      });
    });
  return { work, ends };
}

test('what comes while it runs is done once more afterwards, once for all', async () => {
  const { work, ends } = heldWork();
  const call = oneAtATime(work);
  const calls = [call(), call(), call()];
  expect(ends).toHaveLength(1);
  ends[0]?.();
  while (ends.length < 2) await Promise.resolve();
  ends[1]?.();
  await Promise.all(calls);
  expect(ends).toHaveLength(2);
});

test('it runs anew when it is called again later', async () => {
  let runs = 0;
  const call = oneAtATime(async () => void runs++);
  await call();
  await call();
  expect(runs).toBe(2);
});
