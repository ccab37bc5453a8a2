import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dnsLabelProblem } from './dns-label.js';

const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
const inner = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-');
const last = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789');
const labels = fc.oneof(
  letter,
  fc
    .tuple(letter, fc.array(inner, { maxLength: 61 }), last)
    .map(([first, middle, end]) => first + middle.join('') + end),
);

test('every label of RFC 1035 in lower case is right', () => {
  fc.assert(fc.property(labels, (label) => dnsLabelProblem(label) === undefined));
});

test('one foreign character anywhere makes a label wrong', () => {
  const foreign = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => !/^[a-z0-9-]$/.test(c));
  fc.assert(
    fc.property(labels, foreign, fc.nat(), (label, character, at) => {
      const position = at % (label.length + 1);
      const spoiled = label.slice(0, position) + character + label.slice(position);
      return dnsLabelProblem(spoiled) !== undefined;
    }),
  );
});

test.each(['', '-web', 'web-', '1web', 'Web', 'web.vm', 'web\n', 'a_b', 'ä', 'x'.repeat(64)])(
  '%j is refused',
  (name) => {
    expect(dnsLabelProblem(name)).toEqual(expect.any(String));
  },
);

test('the problem names the limit and the length', () => {
  expect(dnsLabelProblem('x'.repeat(64))).toBe('must have at most 63 characters, has 64');
});
