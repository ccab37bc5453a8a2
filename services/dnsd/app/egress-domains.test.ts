import { expect, test } from '@jest/globals';
import { pollUntil } from '../../../lib/clock.js';
import { silentLog } from '../../../lib/log.js';
import { EgressDomains, followDomains, tellingNetd } from './egress-domains.js';
import type { EgressRules, GuestAnswer, GuestDomains } from './ports.js';

const guest = '10.77.0.10';
const answer = (name: string, asker = guest): GuestAnswer => ({
  ...{ asker, name, addresses: ['198.51.100.7'], ttlSeconds: 60 },
});

/** A netd that tells one list at a watch, then fails. */
class FakeRules implements EgressRules {
  readonly allowed: GuestAnswer[] = [];
  watches = 0;
  constructor(private readonly told: readonly (readonly GuestDomains[])[]) {}

  async *domains(): AsyncIterable<readonly GuestDomains[]> {
    yield this.told[Math.min(this.watches++, this.told.length - 1)] ?? [];
    throw new Error('netd went away');
  }

  async allow(allowed: GuestAnswer): Promise<void> {
    this.allowed.push(allowed);
  }
}

test('netd hears of what a rule of the asker is about, and of nothing else', async () => {
  const rules = new FakeRules([]);
  const domains = new EgressDomains();
  const tell = tellingNetd(rules, domains);
  domains.tell([{ addresses: [guest, 'fd00::a'], domains: ['example.org', '*.example.com'] }]);
  for (const name of ['example.org', 'a.example.com', 'www.example.org', 'example.com', 'other'])
    await tell(answer(name));
  await tell(answer('example.org', '10.77.0.11'));
  await tell(answer('example.org', 'fd00::a'));
  expect(rules.allowed.map(({ asker, name }) => `${asker} ${name}`)).toEqual([
    `${guest} example.org`,
    `${guest} a.example.com`,
    'fd00::a example.org',
  ]);
});

test('until netd has told its rules, it hears of everything; afterwards of nothing when there are none', async () => {
  const rules = new FakeRules([]);
  const domains = new EgressDomains();
  const tell = tellingNetd(rules, domains);
  await tell(answer('example.org'));
  domains.tell([]);
  await tell(answer('example.net'));
  expect(rules.allowed.map(({ name }) => name)).toEqual(['example.org']);
});

test('the rules of a netd that went away stand until it tells others', async () => {
  const rules = new FakeRules([[{ addresses: [guest], domains: ['example.org'] }], []]);
  const domains = new EgressDomains();
  const stop = new AbortController();
  const following = followDomains(rules, domains, silentLog, stop.signal);
  await pollUntil(() => rules.watches === 1, { what: 'netd has told', timeoutMs: 10_000, everyMs: 1 });
  expect(domains.concern(guest, 'example.org')).toBe(true);
  await pollUntil(() => !domains.concern(guest, 'example.org'), { what: 'it has told again', timeoutMs: 10_000 });
  stop.abort();
  await following;
});
