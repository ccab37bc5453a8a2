import { afterEach, expect, test } from '@jest/globals';
import { type RunningProgram, runTypeScript } from '../lib/testing/run-typescript.js';

let program: RunningProgram | undefined;
afterEach(() => program?.dispose());

test('what is longer than a pipe takes at once is written to its end', async () => {
  // All in one line of an error: more than the buffers of a socket, too.
  const words = Array.from({ length: 8 }, () => 'x'.repeat(100_000));
  program = await runTypeScript('cli/main.ts', { args: ['version', ...words] });
  const { code, stderr } = await program.ended;
  expect(code).toBe(2);
  expect(stderr).toContain(words.join(' '));
  expect(stderr).toMatch(/--help\S*\n$/);
});
