import { expect, test } from '@jest/globals';
import type { LaunchPlan } from '../../app/ports.js';
import { limitsOf } from './limits.js';

test('a process may take what its guest was given, and what it needs itself', () => {
  expect(limitsOf({ memoryMib: 512, cpuCount: 2 } as LaunchPlan)).toEqual({
    'memory.max': `${(512 + 256) * 1024 * 1024}`,
    'pids.max': '18',
    'cpu.max': '300000 100000',
  });
});
