import { expect, test } from '@jest/globals';
import { Sweeps } from './sweeps.js';

/** Promises that the test settles. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

test('a sweep spares a vm whose launch was on its way when it began, even when that ends first', async () => {
  const sweeps = new Sweeps();
  const [launch, looked] = [gate(), gate()];
  const launched = sweeps.launch('a', () => launch.opened);
  const swept = sweeps.sweep(async (isLaunching) => {
    await looked.opened;
    return ['a', 'b'].filter((uid) => !isLaunching(uid));
  });
  launch.open();
  await launched;
  looked.open();
  expect(await swept).toEqual(['b']);
  expect(await sweeps.sweep(async (isLaunching) => isLaunching('a'))).toBe(false);
});

test('a launch begins when the sweeps before it are over, and is known to those after it', async () => {
  const sweeps = new Sweeps();
  const [began, first, launching, launch] = [gate(), gate(), gate(), gate()];
  const order: string[] = [];
  const swept = sweeps.sweep(async (isLaunching) => {
    began.open();
    await first.opened;
    order.push(`swept ${isLaunching('a')}`);
  });
  await began.opened;
  const launched = sweeps.launch('a', async () => {
    order.push('launched');
    launching.open();
    await launch.opened;
  });
  first.open();
  await swept;
  await launching.opened;
  await sweeps.sweep(async (isLaunching) => order.push(`swept ${isLaunching('a')}`));
  expect(order).toEqual(['swept false', 'launched', 'swept true']);
  launch.open();
  await launched;
});

test('a sweep that fails is told to who asked, and to nobody else', async () => {
  const sweeps = new Sweeps();
  const failed = sweeps.sweep(() => Promise.reject(new Error('no')));
  const launched = sweeps.launch('a', async () => 'launched');
  await expect(failed).rejects.toThrow('no');
  expect(await launched).toBe('launched');
  await expect(sweeps.launch('a', () => Promise.reject(new Error('not either')))).rejects.toThrow('not either');
  expect(await sweeps.sweep(async (isLaunching) => isLaunching('a'))).toBe(false);
});

test('a launch that is given up does not wait for a sweep', async () => {
  const sweeps = new Sweeps();
  const [began, looked] = [gate(), gate()];
  const swept = sweeps.sweep(() => {
    began.open();
    return looked.opened;
  });
  await began.opened;
  const giveUp = new AbortController();
  const launched = sweeps.launch('a', () => Promise.reject(new Error('begun all the same')), giveUp.signal);
  giveUp.abort(new Error('changed my mind'));
  await expect(launched).rejects.toThrow('changed my mind');
  looked.open();
  await swept;
});
