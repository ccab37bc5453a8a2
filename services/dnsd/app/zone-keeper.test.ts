import { expect, test } from '@jest/globals';
import { parsePrefix } from '../domain/ipv4.js';
import { parseIpv6Prefix } from '../domain/ipv6.js';
import type { VmEvent } from '../domain/projection.js';
import type { GuestNetwork } from './ports.js';
import { ZoneKeeper } from './zone-keeper.js';

const network: GuestNetwork = { pool: parsePrefix('10.77.0.0/16') ?? never(), gateway: '10.77.0.1' };
const ipv6Pool = parseIpv6Prefix('fd00:77::/64') ?? never();
const web = {
  kind: 'upserted' as const,
  vm: { uid: '1', name: 'web', address: '10.77.0.10', aliases: [], ipv6Address: '', deleting: false },
} satisfies VmEvent;
const synced: VmEvent = { kind: 'synced' };

function make(start = 1_000_000) {
  const clock = { seconds: start };
  return { clock, keeper: new ZoneKeeper(() => new Date(clock.seconds * 1000)) };
}

function never(): never {
  throw new Error('unreachable');
}

const names = (keeper: ZoneKeeper) =>
  keeper
    .zone()
    .records()
    .map((record) => `${record.name} ${record.data.type}`);

test('the serial grows with every change, and only then', () => {
  const { keeper, clock } = make();
  const serials = [keeper.zone().serial];
  const steps: (() => void)[] = [
    () => keeper.beginWatch(),
    () => keeper.apply(web),
    () => keeper.apply(synced),
    () => keeper.apply(web),
    () => keeper.setNetwork(network),
    () => keeper.setNetwork({ ...network }),
    () => keeper.setNetwork({ ...network, ipv6Pool }),
    () => keeper.setNetwork({ ...network, ipv6Pool: { ...ipv6Pool } }),
    () => keeper.apply({ kind: 'deleted', uid: '1' }),
  ];
  for (const step of steps) {
    step();
    serials.push(keeper.zone().serial);
  }
  const first = clock.seconds;
  expect(serials).toEqual([
    first,
    first,
    first,
    first + 1,
    first + 1,
    first + 2,
    first + 2,
    first + 3,
    first + 3,
    first + 4,
  ]);
});

test('after a restart the serial is beyond the former ones', () => {
  const { keeper } = make(1_000_000);
  keeper.beginWatch();
  keeper.apply(synced);
  expect(make(1_000_010).keeper.zone().serial).toBeGreaterThan(keeper.zone().serial);
});

test('the time of the last change is kept', () => {
  const { keeper, clock } = make();
  keeper.beginWatch();
  clock.seconds += 5;
  keeper.apply(synced);
  clock.seconds += 5;
  keeper.apply(synced);
  expect(keeper.changeTime()).toEqual(new Date((clock.seconds - 5) * 1000));
});

test('while vmm is away the last zone stays, and the next snapshot replaces it whole', () => {
  const { keeper } = make();
  keeper.beginWatch();
  keeper.apply(web);
  keeper.apply(synced);
  keeper.endWatch();
  expect([keeper.synced(), names(keeper)]).toEqual([false, ['vm. SOA', 'vm. NS', 'web.vm. A']]);
  keeper.beginWatch();
  keeper.apply({
    kind: 'upserted',
    vm: { uid: '2', name: 'db', address: '10.77.0.11', aliases: [], ipv6Address: '', deleting: false },
  });
  expect(names(keeper)).toContain('web.vm. A');
  keeper.apply(synced);
  expect([keeper.synced(), names(keeper)]).toEqual([true, ['db.vm. A', 'vm. SOA', 'vm. NS']]);
});

test('guests are the addresses of the pool but the gateway', () => {
  const { keeper } = make();
  expect(keeper.isGuest('10.77.0.10')).toBe(false);
  keeper.setNetwork(network);
  expect(['10.77.0.10', '10.77.0.1', '10.78.0.1', '127.0.0.1', 'fe80::1'].map((a) => keeper.isGuest(a))).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('who waits for a change is told of the next one, and of the end', async () => {
  const { keeper } = make();
  const stop = new AbortController();
  const changed = keeper.nextChange(stop.signal);
  keeper.setNetwork(network);
  await changed;
  const ended = keeper.nextChange(stop.signal);
  stop.abort();
  await ended;
  await keeper.nextChange(stop.signal);
});

test('it knows the VM at an address, of either family and in any spelling', () => {
  const { keeper } = make();
  keeper.beginWatch();
  expect(keeper.vmAt('10.77.0.10')).toBeUndefined();
  keeper.apply({ ...web, vm: { ...web.vm, ipv6Address: 'fd00:77::a' } });
  keeper.apply(synced);
  const asked = ['10.77.0.10', 'fd00:77:0:0::A', '10.77.0', '10.77.0.11', 'none'];
  expect(asked.map((address) => keeper.vmAt(address))).toEqual(['web', 'web', undefined, undefined, undefined]);
  keeper.apply({ kind: 'deleted', uid: '1' });
  expect(keeper.vmAt('10.77.0.10')).toBeUndefined();
});
