import { expect, test } from '@jest/globals';
import { type Mendable, reconcileBy, seenTwice } from './discrepancy.js';

const stray = (subject: string, mend?: () => Promise<void>): Mendable => ({
  kind: 'TAP',
  subject,
  found: 'belongs to no VM',
  remedy: 'remove it',
  ...(mend && { mend }),
});
const lookThen = (...looks: readonly (readonly Mendable[])[]) => {
  const rest = [...looks];
  return async () => rest.shift() ?? [];
};

test('a look changes nothing', async () => {
  let mended = 0;
  const reconcile = reconcileBy(async () => [stray('bgr0', async () => void mended++)]);
  expect(await reconcile(false)).toEqual([{ ...stray('bgr0'), state: 'found', failure: '' }]);
  expect(mended).toBe(0);
});

test('a repair goes on after one that fails, goes each way once, and looks whether it helped', async () => {
  let mended = 0;
  const together = async () => void mended++;
  const fails = async () => {
    throw new Error('it is in use');
  };
  const stays = stray('e', async () => undefined);
  const look = lookThen(
    [stray('a', fails), stray('b', together), stray('c', together), stray('d'), stays],
    [stray('a', fails), stays],
  );
  const results = await reconcileBy(look)(true);
  expect(results.map(({ subject, state, failure }) => [subject, state, failure])).toEqual([
    ['a', 'failed', 'it is in use'],
    ['b', 'repaired', ''],
    ['c', 'repaired', ''],
    ['d', 'failed', 'it has to be done by hand'],
    ['e', 'failed', 'it is still there: belongs to no VM'],
  ]);
  expect(mended).toBe(1);
});

test('what is gone or new at the second look is somebody’s work', async () => {
  const look = seenTwice(lookThen([stray('goes'), stray('stays')], [stray('stays'), stray('comes')]));
  expect((await look()).map(({ subject }) => subject)).toEqual(['stays']);
});
