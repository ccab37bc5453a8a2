import { expect, test } from '@jest/globals';
import { findAll, lacksOf, notFound, type Observation, worstOf } from './finding.js';

const nft: Observation = {
  severity: 'error',
  type: 'TOOL',
  subject: 'nft',
  found: notFound,
  remedy: 'apt install nftables',
};
const space: Observation = {
  severity: 'error',
  type: 'SPACE',
  subject: '32 MiB of disk space in /x',
  found: '3 MiB are free',
  remedy: 'make room',
};
const route: Observation = {
  severity: 'warning',
  type: 'NETWORK',
  subject: 'a default route',
  found: 'the host has none',
  remedy: 'connect the host',
};
const ip: Observation = { severity: 'ok', type: 'TOOL', subject: 'ip', found: '/usr/sbin/ip', remedy: '' };

test('only errors keep somebody from something; what two purposes lack is told once', () => {
  expect(lacksOf([ip, nft, route, space, nft])).toEqual([
    // That it is missing is said by the sentence around it.
    { type: 'TOOL', subject: 'nft', description: 'apt install nftables' },
    { type: 'SPACE', subject: '32 MiB of disk space in /x', description: '3 MiB are free; make room' },
  ]);
});

test.each([
  [[], 'ok'],
  [[ip], 'ok'],
  [[ip, route], 'warning'],
  [[route, nft, ip], 'error'],
] as const)('the worst counts', (observations, worst) => {
  expect(worstOf(observations)).toBe(worst);
});

test('only what is wanted is looked for, once each; the order is that of all purposes', async () => {
  const asked: string[] = [];
  const look = (name: string, observation: Observation) => async () => {
    asked.push(name);
    return [observation];
  };
  const looks = { ssh: look('ssh', ip), nat: look('nat', route), 'vm-start': look('vm-start', nft) };
  expect(await findAll(looks, ['ssh', 'vm-start', 'ssh', 'dns'])).toEqual([
    { purpose: 'vm-start', ...nft },
    { purpose: 'ssh', ...ip },
  ]);
  expect(asked.sort()).toEqual(['ssh', 'vm-start']);
});
