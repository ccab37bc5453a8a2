import { expect, test } from '@jest/globals';
import { changedLabels } from './label-change.js';

const labels = { app: 'ci', tier: 'db' };

test.each([
  [
    { set: {}, remove: [] },
    { app: 'ci', tier: 'db' },
  ],
  [
    { set: { app: 'web', zone: '' }, remove: [] },
    { app: 'web', tier: 'db', zone: '' },
  ],
  [{ set: {}, remove: ['tier', 'none'] }, { app: 'ci' }],
  [{ set: { app: 'again' }, remove: ['app', 'tier'] }, { app: 'again' }],
])('%j', (change, expected) => {
  // The one form: by key.
  expect(JSON.stringify(changedLabels(labels, change))).toBe(JSON.stringify(expected));
});
