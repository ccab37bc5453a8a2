import { describe, expect, test } from '@jest/globals';
import { policyLimits, policyViolations } from './check.js';
import {
  canonicalPolicy,
  collide,
  domainsOf,
  emptyPolicy,
  isOfDomain,
  type NetworkPolicy,
  type PublishedPort,
  samePolicy,
} from './policy.js';

const published = (hostPort: number, change: Partial<PublishedPort> = {}): PublishedPort => ({
  hostAddress: '',
  hostPort,
  guestPort: 80,
  protocol: 'tcp',
  ...change,
});
const allow = (destination: string) => ({ action: 'allow', destination, port: 0, protocol: 'any' }) as const;

describe('the one form of a policy', () => {
  test('is the same however it was written', () => {
    const written: NetworkPolicy = {
      allowFrom: ['web', '10.0.0.1/32', 'web'],
      egress: [allow('Example.ORG.'), allow('2001:DB8:0::/32'), allow('Example.ORG.')],
      publishedPorts: [published(80, { hostAddress: '0.0.0.0' }), published(80)],
    };
    expect(canonicalPolicy(written)).toEqual({
      allowFrom: ['web', '10.0.0.1'],
      // The order of rules decides, so none is left out.
      egress: [allow('example.org'), allow('2001:db8::/32'), allow('example.org')],
      publishedPorts: [published(80)],
    });
    expect(samePolicy(canonicalPolicy(written), canonicalPolicy(canonicalPolicy(written)))).toBe(true);
    expect(samePolicy(canonicalPolicy(written), emptyPolicy)).toBe(false);
  });
});

test('publications are in each other’s way as sockets are', () => {
  const here = { hostAddress: '127.0.0.1' };
  expect(collide(published(80), published(80, { guestPort: 8080 }))).toBe(true);
  expect(collide(published(80, here), published(80))).toBe(true);
  expect(collide(published(80, here), published(80, { hostAddress: '127.0.0.2' }))).toBe(false);
  expect(collide(published(80), published(80, { protocol: 'udp' }))).toBe(false);
  expect(collide(published(80), published(81))).toBe(false);
});

describe('domains', () => {
  test('are what is neither an address nor all', () => {
    const egress = [allow('all'), allow('10.0.0.0/8'), allow('a.example'), allow('*.b.example'), allow('a.example')];
    expect(domainsOf({ ...emptyPolicy, egress })).toEqual(['a.example', '*.b.example']);
  });

  test.each([
    ['example.org', 'example.org', true],
    ['www.example.org', 'example.org', false],
    ['www.example.org', '*.example.org', true],
    ['a.b.example.org', '*.example.org', true],
    ['example.org', '*.example.org', false],
    ['notexample.org', '*.example.org', false],
    ['.example.org', '*.example.org', false],
  ])('%s of %s: %s', (name, domain, is) => expect(isOfDomain(name, domain)).toBe(is));
});

describe('mistakes', () => {
  test('are all told at once, with their fields', () => {
    const policy: NetworkPolicy = {
      allowFrom: ['Web', '10.0.0.1/8', '10.0.0', 'all', 'web', '10.0.0.0/8'],
      egress: [{ ...allow('-'), port: 70_000 }, allow('example.org')],
      publishedPorts: [published(0, { guestPort: 0, hostAddress: 'x' }), published(80), published(80)],
    };
    expect(policyViolations(policy, 'spec.policy.').map(({ field }) => field)).toEqual([
      'spec.policy.allow_from[0]',
      'spec.policy.allow_from[1]',
      'spec.policy.allow_from[2]',
      'spec.policy.egress[0].destination',
      'spec.policy.egress[0].port',
      'spec.policy.published_ports[0].host_address',
      'spec.policy.published_ports[0].host_port',
      'spec.policy.published_ports[0].guest_port',
      'spec.policy.published_ports[2]',
    ]);
  });

  test('too many are one', () => {
    const allowFrom = Array.from({ length: policyLimits.allowFrom + 1 }, (_, i) => `vm-${i}`);
    expect(policyViolations({ ...emptyPolicy, allowFrom })).toEqual([
      { field: 'allow_from', description: 'must be at most 256, are 257' },
    ]);
  });
});
