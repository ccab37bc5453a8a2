import { expect, test } from '@jest/globals';
import { licenceNames } from './licences.js';

test('the short names of a copyright file, each once', () => {
  const copyright = 'Files: *\nLicense: GPL-3+\n text\n\nFiles: x\nLicense: BSD-4-clause\n\nLicense: GPL-3+\n';
  expect(licenceNames(copyright)).toBe('BSD-4-clause, GPL-3+');
  expect(licenceNames('This package was written by somebody.\n')).toBe('');
  expect(licenceNames(Array.from({ length: 20 }, (_, i) => `License: L${i}`).join('\n'))).toMatch(/, …$/);
});
