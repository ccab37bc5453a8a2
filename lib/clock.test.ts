import { getEventListeners } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { delay, pollUntil, unlessAborted } from './clock.js';

test('a delay ends by itself and leaves no listener on its signal', async () => {
  const { signal } = new AbortController();
  await delay(1, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('an aborted delay rejects with the reason, before or during', async () => {
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(delay(60_000, controller.signal)).rejects.toThrow('enough');
});

test('pollUntil looks until the probe finds something, and returns it', async () => {
  const answers = [undefined, false, 0] as const;
  let looks = 0;
  const found = await pollUntil(() => answers[looks++], { what: 'it is there', timeoutMs: 10_000, everyMs: 1 });
  expect({ found, looks }).toEqual({ found: 0, looks: 3 });
});

test('pollUntil gives up with GAVE_UP, and looks at least once', async () => {
  let looks = 0;
  const never = () => {
    looks++;
    return undefined;
  };
  await expect(pollUntil(never, { what: 'the guest answers', timeoutMs: 0 })).rejects.toMatchObject({
    kind: 'unavailable',
    reason: 'GAVE_UP',
    message: 'gave up after 0 s waiting until the guest answers',
  });
  expect(looks).toBe(1);
});

test.each([
  ['a year forward', 31_536_000_000],
  ['a day back', -86_400_000],
])('a clock that jumps %s makes pollUntil neither give up nor go on', async (_name, jump) => {
  const real = Date.now;
  const clock = jest.spyOn(Date, 'now');
  const jumps = () => {
    clock.mockImplementation(() => real() + jump);
    return undefined;
  };
  try {
    let looks = 0;
    const second = () => (looks++ === 0 ? jumps() : 'found');
    expect(await pollUntil(second, { what: 'x', timeoutMs: 60_000, everyMs: 1 })).toBe('found');
    clock.mockImplementation(real);
    await expect(pollUntil(jumps, { what: 'x', timeoutMs: 20, everyMs: 1 })).rejects.toMatchObject({
      reason: 'GAVE_UP',
    });
  } finally {
    clock.mockRestore();
  }
});

test('an error of the probe ends the polling', async () => {
  const failing = async () => {
    throw new Error('gone');
  };
  await expect(pollUntil(failing, { what: 'x', timeoutMs: 10_000 })).rejects.toThrow('gone');
});

test('pollUntil stops when its signal aborts', async () => {
  const controller = new AbortController();
  const polling = pollUntil(
    () => {
      controller.abort(new Error('enough'));
      return undefined;
    },
    { what: 'x', timeoutMs: 60_000, signal: controller.signal },
  );
  await expect(polling).rejects.toThrow('enough');
});

test('unlessAborted gives what the work gives, unless the signal is quicker', async () => {
  const never = new Promise<string>(() => undefined);
  const abort = new AbortController();
  expect(await unlessAborted(Promise.resolve('done'), abort.signal)).toBe('done');
  await expect(unlessAborted(Promise.reject(new Error('failed')), abort.signal)).rejects.toThrow('failed');
  const waiting = unlessAborted(never, abort.signal);
  abort.abort(new Error('changed my mind'));
  await expect(waiting).rejects.toThrow('changed my mind');
  await expect(unlessAborted(never, abort.signal)).rejects.toThrow('changed my mind');
  expect(await unlessAborted(Promise.resolve('done'), undefined)).toBe('done');
});

test('unlessAborted leaves nothing with a signal that lives on, and no failure that nobody hears of', async () => {
  const abort = new AbortController();
  for (let i = 0; i < 20; i++) await unlessAborted(Promise.resolve(), abort.signal);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  const late = Promise.reject(new Error('too late'));
  await expect(unlessAborted(late, AbortSignal.abort(new Error('first')))).rejects.toThrow('first');
});
