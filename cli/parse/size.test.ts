import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCount, parseMebibytes } from './size.js';

test.each([
  ['512', 512],
  ['512M', 512],
  ['512mib', 512],
  ['2G', 2048],
  ['2 GB', 2048],
  ['1.5g', 1536],
  ['1T', 1_048_576],
])('%s is %i MiB', (text, value) => {
  expect(parseMebibytes(text)).toEqual({ value });
});

test.each([
  ['lots', 'must be a size'],
  ['', 'must be a size'],
  ['12K', 'must be a size'],
  ['-1G', 'must be a size'],
  ['0', 'must be at least 1'],
  ['0.3M', 'must be a whole number of MiB'],
  ['999999999T', 'is too large'],
])('%s is no size', (text, problem) => {
  expect(parseMebibytes(text)).toMatchObject({ problem: expect.stringContaining(problem) });
});

test('0 is a value only where it means something', () => {
  expect(parseCount('0', true)).toEqual({ value: 0 });
  expect(parseCount('0')).toEqual({ problem: 'must be at least 1, is 0' });
  expect(parseCount('-3', true)).toEqual({ problem: 'must be at least 0, is -3' });
  expect(parseCount('3.5')).toMatchObject({ problem: expect.stringContaining('whole number') });
});

test('any text gives a whole number that fits the wire, or says what is wrong', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}(\.\d)?[MGTmgt]?$/)), (text) => {
      const parsed = parseMebibytes(text);
      if ('problem' in parsed) return parsed.problem !== '';
      return Number.isInteger(parsed.value) && parsed.value >= 1 && parsed.value < 2 ** 31;
    }),
  );
});
