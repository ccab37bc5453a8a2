import { expect, test } from '@jest/globals';
import { age, bytes, elapsed, enumName, mebibytes, span } from './format.js';

test('sizes', () => {
  expect([1, 512, 1024, 1536, 20_480].map(mebibytes)).toEqual(['1 MiB', '512 MiB', '1 GiB', '1.5 GiB', '20 GiB']);
  expect([0, 1023, 4096, 5_242_880, 3_221_225_472].map(bytes)).toEqual(['0 B', '1023 B', '4 KiB', '5 MiB', '3 GiB']);
});

test('spans are in their largest unit', () => {
  expect([-5, 0, 59, 60, 3_599, 3_600, 86_400, 1_000_000].map(span)).toEqual([
    '0s',
    '0s',
    '59s',
    '1m',
    '59m',
    '1h',
    '1d',
    '11d',
  ]);
  const now = new Date('2026-01-01T00:03:10Z');
  expect(age(new Date('2026-01-01T00:00:00Z'), now)).toBe('3m');
  expect(age(undefined, now)).toBe('-');
});

test('elapsed time', () => {
  expect([0, 4_240, 59_900, 65_000, 600_000].map(elapsed)).toEqual(['0.0s', '4.2s', '59.9s', '1m05s', '10m00s']);
  expect([3_599_999, 7_620_000, 86_400_000, 273_600_000].map(elapsed)).toEqual(['59m59s', '2h07m', '1d00h', '3d04h']);
});

test('names of enums', () => {
  expect(enumName('VM_STATE_RUNNING', 'VM_STATE')).toBe('running');
  expect(enumName('RESTART_POLICY_ON_FAILURE', 'RESTART_POLICY')).toBe('on-failure');
});
