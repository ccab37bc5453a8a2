import { expect, test } from '@jest/globals';
import { wayToAsk } from './stop-ladder.js';

test.each([
  ['qemu', ['button', 'guest', 'button', 'guest']],
  ['firecracker', ['guest', 'button', 'guest', 'button']],
] as const)('a guest of %s is asked in turns, the surest way first', (kind, ways) => {
  expect(ways.map((_, turn) => wayToAsk(kind, turn))).toEqual(ways);
});
