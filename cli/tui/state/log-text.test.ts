import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addToLog, emptyLog, keptLines, logLines } from './log-text.js';

const linesOf = (...pieces: string[]) => logLines(pieces.reduce(addToLog, emptyLog));

test('lines as a terminal would leave them', () => {
  expect(linesOf('\x1b[32m[  OK  ]\x1b[0m Started\r\n', 'a\tb\n', ' 10%\r 20%\rdone\r\n', 'web login: ')).toEqual([
    '[  OK  ] Started',
    'a    b',
    'done',
    'web login: ',
  ]);
  expect(linesOf('\x1b]0;title\x07x\x1b(B\x1b[?25h\x07y\n')).toEqual(['xy']);
});

test('pieces make no difference, wherever they are cut', () => {
  const text = fc.string({ unit: fc.constantFrom('\x1b[1m', '\x1b]0;t\x07', '\r', '\n', '\r\n', 'a', '\t', 'é', ' ') });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 50 })), (whole, cuts) => {
      const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
      const pieces = places.map((start, index) => whole.slice(start, places[index + 1] ?? start));
      expect(linesOf(...pieces)).toEqual(linesOf(whole));
    }),
  );
});

test('the memory that it takes has a limit, with ends of lines and without', () => {
  expect(linesOf('x\n'.repeat(3 * keptLines))).toHaveLength(keptLines);
  const endless = Array.from({ length: 5_000 }, () => 'y'.repeat(1_000)).reduce(addToLog, emptyLog);
  expect(logLines(endless).length).toBeLessThanOrEqual(keptLines + 1);
  expect(endless.open.length).toBeLessThanOrEqual(4_096);
});
