import { expect, test } from '@jest/globals';
import { queryMessage } from '../testing/messages.js';
import { Repeats } from './repeats.js';

test('a question that comes again is known, whatever its id', () => {
  const repeats = new Repeats();
  expect(repeats.has(queryMessage('web.vm', { id: 1 }))).toBe(false);
  expect(repeats.has(queryMessage('web.vm', { id: 2 }))).toBe(true);
  expect(repeats.has(queryMessage('WEB.vm', { id: 2 }))).toBe(false);
  expect(repeats.has(queryMessage('web.vm', { id: 2, type: 28 }))).toBe(false);
});

test('names that are asked for once are not taken for others, and a few are remembered through many', () => {
  const repeats = new Repeats();
  const known = Array.from({ length: 20_000 }, (_, i) => repeats.has(queryMessage(`scanned-${i}.vm`))).filter(Boolean);
  expect(known.length).toBeLessThan(5);
  for (let i = 0; i < 200; i++) repeats.has(queryMessage(`hot-${i}.vm`));
  const again = Array.from({ length: 200 }, (_, i) => repeats.has(queryMessage(`hot-${i}.vm`))).filter(Boolean);
  expect(again.length).toBeGreaterThan(150);
});
