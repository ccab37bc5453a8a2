import { expect, test } from '@jest/globals';
import { ListenerRole, RecordType } from '../../../gen/banger/dnsd/v1/dns_service.js';
import type { GuestTraffic, ListenerState, NameListener } from '../app/ports.js';
import { ZoneKeeper } from '../app/zone-keeper.js';
import { dnsHandlers } from './dns-service.js';

const changed = new Date('2026-01-02T03:04:05Z');

function listener(state: ListenerState): NameListener {
  return { open: async () => undefined, close: async () => undefined, state: () => state };
}

const listeners = [
  listener({ role: 'host', address: '127.0.0.1', port: 42069, listening: true, error: '' }),
  listener({ role: 'guest', address: '10.77.0.1', port: 42069, listening: false, error: 'why' }),
];

const counts = { asked: 9, forwarded: 4, remembered: 3, failed: 2, limited: 1 };
const guests: GuestTraffic = {
  servers: () => ['192.0.2.53:53'],
  memory: () => ({ entries: 4, bytes: 4_000 }),
  guests: () => [{ name: 'web', address: '10.77.0.10', ...counts }],
};

function make() {
  const keeper = new ZoneKeeper(() => changed);
  keeper.beginWatch();
  keeper.apply({
    kind: 'upserted',
    vm: { uid: '1', name: 'web', address: '10.77.0.10', aliases: [], ipv6Address: '', deleting: false },
  });
  keeper.apply({ kind: 'synced' });
  return dnsHandlers(keeper, listeners, { answered: 3, dropped: 2, limited: 1 }, guests);
}

const context = { requestId: 'r-1', signal: new AbortController().signal };

test('the records are told as in a zone file', async () => {
  const { records } = await make().listRecords({}, context);
  expect(records).toContainEqual({ name: 'web.vm.', type: RecordType.A, ttlSeconds: 5, data: '10.77.0.10' });
  expect(records.map((record) => record.type)).toEqual([RecordType.SOA, RecordType.NS, RecordType.A]);
});

test('the status is told whole', async () => {
  expect(await make().getDnsStatus({}, context)).toEqual({
    listeners: [
      { role: ListenerRole.HOST, address: '127.0.0.1', port: 42069, listening: true, error: '' },
      { role: ListenerRole.GUEST, address: '10.77.0.1', port: 42069, listening: false, error: 'why' },
    ],
    synced: true,
    serial: changed.getTime() / 1000 + 1,
    changeTime: changed,
    answeredCount: 3,
    droppedCount: 2,
    limitedCount: 1,
    upstreams: ['192.0.2.53:53'],
    rememberedCount: 4,
    rememberedBytes: 4_000,
    guests: [
      {
        vmName: 'web',
        address: '10.77.0.10',
        askedCount: 9,
        forwardedCount: 4,
        rememberedCount: 3,
        failedCount: 2,
        limitedCount: 1,
      },
    ],
  });
});
