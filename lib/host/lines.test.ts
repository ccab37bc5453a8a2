import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter } from './lines.js';

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

test.each([
  ['a\nb\n', ['a', 'b']],
  ['a\nb', ['a', 'b']],
  ['10%\r20%\r\ndone', ['10%', '20%', 'done']],
  ['\n\n', ['', '']],
  ['', []],
])('%j', (text, lines) => {
  expect(split([Buffer.from(text)])).toEqual(lines);
});

test('where chunks end makes no difference', () => {
  const piece = fc.constantFrom('a', 'ü', '€', '🙂', '\r', '\n', '\r\n');
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join('')));
  fc.assert(
    fc.property(text, fc.array(fc.nat(120), { maxLength: 8 }), (bytes, cuts) => {
      const ends = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
      expect(split(chunks)).toEqual(split([bytes]));
    }),
  );
});
