import { expect, test } from '@jest/globals';
import { about, currentContext, inContext } from './context.js';

const request = { requestId: 'r-1', verb: 'CreateVm' };

test('a context is with everything that work begins, and nothing else', async () => {
  const work = inContext(request, async () => {
    await Promise.resolve();
    return currentContext();
  });
  expect(currentContext()).toBeUndefined();
  expect(await work).toEqual(request);
});

test('work about one thing tells it, in the context that is there', () => {
  const seen = inContext(request, () => about('00ff', currentContext));
  expect(seen).toEqual({ ...request, subject: '00ff' });
  expect(about('00ff', currentContext)).toBeUndefined();
});
