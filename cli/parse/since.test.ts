import { expect, test } from '@jest/globals';
import { parseSince } from './since.js';

const now = new Date('2026-11-26T08:00:00Z');

test.each([
  ['90s', '2026-11-26T07:58:30.000Z'],
  ['10m', '2026-11-26T07:50:00.000Z'],
  ['2h', '2026-11-26T06:00:00.000Z'],
  ['1d', '2026-11-25T08:00:00.000Z'],
  ['2026-11-25T12:30:00Z', '2026-11-25T12:30:00.000Z'],
  ['2026-11-25', '2026-11-25T00:00:00.000Z'],
])('%s is a moment', (text, moment) => {
  expect((parseSince(text, now) as Date).toISOString()).toBe(moment);
});

test.each(['', '10', '10 m', '-5m', 'yesterday', '2026-13-45', '1e3s'])('%j is none', (text) => {
  expect(parseSince(text, now)).toContain(`is "${text}"`);
});
