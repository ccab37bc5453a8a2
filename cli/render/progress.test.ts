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
