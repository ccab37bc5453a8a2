import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { frameChanges, OwnPage } from './terminal.js';

/** A terminal that knows as much as is written to it here. */
function applied(screen: readonly string[], changes: string): string[] {
  const lines = [...screen];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own words.
  for (const [, row, text] of changes.matchAll(/\x1b\[(\d+);1H\x1b\[2K([^\x1b]*)/g))
    lines[Number(row) - 1] = text ?? '';
  return lines;
}

const frame = fc.array(fc.constantFrom('', 'a', 'b', 'web  running'), { maxLength: 10 });

test('one frame becomes the next, and lines that are the same are not written', () => {
  fc.assert(
    fc.property(frame, frame, (before, after) => {
      const changes = frameChanges(before, after);
      const screen = applied(before, changes);
      for (const index of screen.keys()) expect(screen[index]).toBe(after[index] ?? '');
      const written = changes.split('\x1b[2K').length - 1;
      const differ = [...Array(Math.max(before.length, after.length)).keys()].filter((at) => before[at] !== after[at]);
      expect(written).toBe(differ.length);
    }),
  );
});

test('the page is opened once and given back once, with the cursor', () => {
  const written: string[] = [];
  const mounted: object[] = [];
  const mount = (size: object, paint: (text: string) => void) => {
    mounted.push(size);
    paint(`frame ${mounted.length}`);
    return () => void mounted.push({ over: true });
  };
  const page = new OwnPage({ write: (text) => written.push(String(text)), isTTY: true, columns: 90, rows: 30 }, mount);
  page.drawAnew();
  page.open();
  page.drawAnew();
  page.close();
  page.close();
  const size = { columns: 90, rows: 30 };
  expect(mounted).toEqual([size, { over: true }, size, { over: true }]);
  expect(written.join('')).toBe(
    '\x1b[?1049h\x1b[?25l\x1b[2J\x1b[1;1H\x1b[2Kframe 1\x1b[2J\x1b[1;1H\x1b[2Kframe 3\x1b[?25h\x1b[?1049l',
  );
});
