import { expect, test } from '@jest/globals';
import { allKills, someKills } from './cases.js';
import type { Moment } from './kill-plan.js';

const moments = (['disks.createOverlay', 'networks.ensure'] as const).flatMap((step): Moment[] =>
  (['intent', 'effect'] as const).map((edge) => ({ service: 'vmm', verb: 'create', step, edge })),
);

test('all kills are every service at every moment', () => {
  const kills = allKills(moments);
  expect(kills).toHaveLength(16);
  expect(new Set(kills.map((kill) => JSON.stringify(kill))).size).toBe(16);
});

test('some kills are of each step once, at one edge and then at the other, whatever the verb', () => {
  const taken = new Set<string>();
  const kills = someKills(moments, taken).map(({ step, edge, kill }) => [step, edge, kill]);
  expect(kills).toEqual([
    ['disks.createOverlay', 'intent', 'vmm'],
    ['networks.ensure', 'effect', 'vmm'],
  ]);
  expect(
    someKills(
      moments.map((moment) => ({ ...moment, verb: 'boot' })),
      taken,
    ),
  ).toEqual([]);
});
