import { expect, test } from '@jest/globals';
import { suggest } from './suggest.js';

const known = ['list', 'show', 'create', 'delete'];

test.each([
  ['lst', 'list'],
  ['crate', 'create'],
  ['dlete', 'delete'],
  ['shwo', undefined],
  ['frobnicate', undefined],
])('%s was meant to be %s', (given, meant) => {
  expect(suggest(given, known)).toBe(meant);
});
