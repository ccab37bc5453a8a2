import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readEnvironment } from './env-file.js';

test('lines are read, with blanks and comments between them', () => {
  expect(readEnvironment('# settings\n\nA=1\n  B=two words = more \r\nC=\nA=3\n')).toEqual({
    environment: { A: '3', B: 'two words = more', C: '' },
    mistakes: [],
  });
});

test('what is no line of it is told with its number', () => {
  expect(readEnvironment('A=1\nexport\n=x\n').mistakes).toEqual([
    { field: 'line 2', description: 'must be NAME=value, is "export"' },
    { field: 'line 3', description: 'must be NAME=value, is "=x"' },
  ]);
});

test('what is written as lines is read again', () => {
  const values = fc.stringMatching(/^([!-~]([ -~]*[!-~])?)?$/);
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_0-9]{0,5}$/), values), (environment) => {
      const text = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
      expect(readEnvironment(text.join(''))).toEqual({ environment, mistakes: [] });
    }),
  );
});
