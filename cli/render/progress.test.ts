import { expect, test } from '@jest/globals';
import { createProgress } from './progress.js';

const clearLine = '\r\x1b[K';

function screen(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  const output = { write: (text: string | Uint8Array) => written.push(String(text)), isTTY, columns };
  return { output, written };
}

test('off a terminal there is a line per step', () => {
  const { output, written } = screen(false);
  const progress = createProgress(output, false);
  for (const text of ['web: creating', 'web: creating', 'web: starting']) progress.show(text);
  progress.end();
  expect(written).toEqual([
    expect.stringMatching(/^web: creating \(\d+\.\ds\)\n$/),
    expect.stringMatching(/^web: starting \(\d+\.\ds\)\n$/),
  ]);
});

test('off a terminal what counts has no line for each number, but one now and then', () => {
  const { output, written } = screen(false);
  let now = 0;
  const progress = createProgress(output, false, () => now);
  for (let done = 1; done <= 1000; done += 1) {
    now += 25;
    progress.show(`image: 2/2 store it (${done} ${done > 900 ? 'MiB' : 'KiB'} of 1000 MiB)`);
  }
  progress.show('image: ready');
  expect(written).toEqual([
    'image: 2/2 store it (1 KiB of 1000 MiB) (0.0s)\n',
    'image: 2/2 store it (401 KiB of 1000 MiB) (10.0s)\n',
    'image: 2/2 store it (801 KiB of 1000 MiB) (20.0s)\n',
    'image: ready (25.0s)\n',
  ]);
});

test('on a terminal one line changes, fits, and is taken away at the end', () => {
  const { output, written } = screen(true);
  const progress = createProgress(output, false);
  progress.show('a very long text that does not fit into forty columns at all');
  progress.end();
  progress.end();
  const [line = '', clear] = written;
  expect(line.startsWith(clearLine)).toBe(true);
  const shown = line.slice(clearLine.length);
  expect(shown).toMatch(/^a very long.*… \d+\.\ds$/);
  expect(shown.length).toBeLessThan(40);
  expect(clear).toBe(clearLine);
  expect(written).toHaveLength(2);
});

test('a silent one writes nothing', () => {
  const { output, written } = screen(true);
  const progress = createProgress(output, true);
  progress.show('web: creating');
  progress.end();
  expect(written).toEqual([]);
});
