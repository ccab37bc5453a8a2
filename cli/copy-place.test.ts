import { expect, test } from '@jest/globals';
import { parsePlace } from './copy-place.js';

test.each([
  ['web:/srv', { kind: 'vm', name: 'web', path: '/srv' }],
  ['web:', { kind: 'vm', name: 'web', path: '' }],
  ['web:a:b', { kind: 'vm', name: 'web', path: 'a:b' }],
  ['./web:x', { kind: 'here', path: './web:x' }],
  ['/a:b', { kind: 'here', path: '/a:b' }],
  [':x', { kind: 'here', path: ':x' }],
  ['file', { kind: 'here', path: 'file' }],
])('%s', (word, place) => {
  expect(parsePlace(word)).toEqual(place);
});
