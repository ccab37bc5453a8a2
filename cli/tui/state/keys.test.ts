import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { edited, endKeys, readKeys } from './keys.js';

const known: readonly (readonly [text: string, key: string])[] = [
  ['\x1b[A', 'up'],
  ['\x1bOB', 'down'],
  ['\x1b[1;5C', 'right'],
  ['\x1b[D', 'left'],
  ['\x1b[H', 'home'],
  ['\x1b[1~', 'home'],
  ['\x1bOF', 'end'],
  ['\x1b[4~', 'end'],
  ['\x1b[5~', 'page-up'],
  ['\x1b[6;2~', 'page-down'],
  ['\x1b[3~', 'delete'],
  ['\x1b[Z', 'back-tab'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\x03', 'interrupt'],
  ['\x15', 'clear'],
  ['j', 'j'],
  ['ö', 'ö'],
  ['🦆', '🦆'],
];

test.each(known)('%j is %s', (text, key) => {
  expect(readKeys(text)).toEqual({ keys: [key], rest: '' });
});

test.each(['\x1b[99~', '\x1b[?1;2c', '\x00', '\x1b[200~'])('%j is no key, and hides none', (text) => {
  expect(readKeys(`a${text}b`).keys).toEqual(['a', 'b']);
});

test('Escape alone is known when nothing follows it, and keys that follow it are keys', () => {
  expect(readKeys('\x1b')).toEqual({ keys: [], rest: '\x1b' });
  expect(endKeys('\x1b')).toEqual(['escape']);
  expect(endKeys('\x1b[')).toEqual(['escape', '[']);
  expect(readKeys('\x1bjj').keys).toEqual(['escape', 'j', 'j']);
});

test('a burst is the keys that it is made of, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...known)), fc.array(fc.nat({ max: 99 })), (pressed, cuts) => {
      const text = pressed.map(([written]) => written).join('');
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((one, other) => one - other);
      const read: string[] = [];
      let rest = '';
      for (const [index, start] of places.entries()) {
        const found = readKeys(rest + text.slice(start, places[index + 1] ?? start));
        read.push(...found.keys);
        rest = found.rest;
      }
      // A character of two halves is cut only where bytes are decoded, which is not here.
      const whole = [...text].every((char) => char.length === 1);
      if (whole) expect([read, rest]).toEqual([pressed.map(([, key]) => key), '']);
    }),
  );
});

test('whatever comes, reading ends, and only the beginning of a sequence is kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\x1b', '[', 'O', '1', ';', '~', 'A', 'x', '\r', 'é') }), (text) => {
      const { keys, rest } = readKeys(text);
      expect(text.endsWith(rest)).toBe(true);
      expect(rest === '' || rest.startsWith('\x1b')).toBe(true);
      for (const key of keys) expect(key).not.toBe('');
    }),
  );
});

test('a text is edited at its end', () => {
  expect(['a', 'ö', 'backspace', '🦆', 'backspace', 'b', 'up'].reduce(edited, '')).toBe('ab');
  expect(edited('abc', 'clear')).toBe('');
});
