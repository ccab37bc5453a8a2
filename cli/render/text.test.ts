import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { printable, wrap } from './text.js';

test('a paragraph is broken between words', () => {
  expect(wrap('Waits until the VM answers.', 12)).toBe('Waits until\nthe VM\nanswers.');
  expect(wrap('a https://example.org b', 5)).toBe('a\nhttps://example.org\nb');
});

test('no line is longer than asked for, unless it is one word, and no word is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 40 }), (list, columns) => {
      const wrapped = wrap(list.join(' '), columns);
      expect(wrapped.split(/\s/)).toEqual(list);
      for (const line of wrapped.split('\n')) expect(line.length <= columns || !line.includes(' ')).toBe(true);
    }),
  );
});

test('control characters are shown, line breaks and tabs stay', () => {
  expect(printable('a\x1b[31mb\r\x07\x9b\n\tc')).toBe('a\\x1b[31mb\\x0d\\x07\\x9b\n\tc');
});
