import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { delay, pollUntil } from './clock.js';

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
