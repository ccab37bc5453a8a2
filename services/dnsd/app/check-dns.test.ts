import { expect, test } from '@jest/globals';
import { expectHelpful, lacksIn } from '../../../test/contracts/host-check.js';
import { dnsCheck } from './check-dns.js';
import type { ListenerState } from './ports.js';
import { ZoneKeeper } from './zone-keeper.js';

const listening = (role: 'host' | 'guest'): ListenerState => ({
  role,
  address: role === 'host' ? '127.0.0.1' : '10.77.0.1',
  port: 42069,
  listening: true,
  error: '',
});
const failing = (role: 'host' | 'guest'): ListenerState => ({
  ...listening(role),
  listening: false,
  error: 'another program has the port',
});

const web = {
  kind: 'upserted',
  vm: { uid: '1', name: 'web', address: '10.77.0.10', aliases: [], ipv6Address: '', deleting: false },
} as const;

function keeperWith(...events: Parameters<ZoneKeeper['apply']>[0][]): ZoneKeeper {
  const keeper = new ZoneKeeper();
  keeper.beginWatch();
  for (const event of events) keeper.apply(event);
  return keeper;
}

async function check(keeper: ZoneKeeper, ...states: ListenerState[]) {
  const listeners = states.map((state) => ({ open: async () => {}, close: async () => {}, state: () => state }));
  const findings = await dnsCheck(keeper, listeners)(['dns', 'nat']);
  expectHelpful(findings, ['dns']);
  return findings;
}

test('all is well', async () => {
  const findings = await check(keeperWith(web, { kind: 'synced' }), listening('host'), listening('guest'));
  expect(findings.map(({ subject, found }) => `${subject} ${found}`)).toEqual([
    'answers to this host at 127.0.0.1 port 42069',
    'answers to guests at 10.77.0.1 port 42069',
    'the names of vms they follow what vmm says',
  ]);
});

test('without VMs nobody expects an answer at the gateway', async () => {
  expect(lacksIn(await check(keeperWith({ kind: 'synced' }), listening('host'), failing('guest')))).toEqual([]);
  const withVm = await check(keeperWith(web, { kind: 'synced' }), listening('host'), failing('guest'));
  expect(lacksIn(withVm)).toEqual([expect.stringMatching(/^error: answers to guests: another program has the port; /)]);
});

test('a port that is taken, and a vmm that is away', async () => {
  expect(lacksIn(await check(keeperWith(), failing('host')))).toEqual([
    expect.stringMatching(
      /^error: answers to this host: another program .*; free the port \(`ss -lunp sport = :42069`\)/,
    ),
    expect.stringMatching(/^warning: the names of vms: vmm does not answer: .*; look at `banger service list`/),
  ]);
});
