import { expect, test } from '@jest/globals';
import { VmStats } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { MachineStats } from '../domain/stats.js';
import { toWireStats } from './convert-stats.js';

const stats: MachineStats = {
  uptimeMs: 61_250,
  cpuMs: 999.9999999999,
  residentBytes: 3,
  guestMemory: { totalBytes: 2 ** 40, availableBytes: 5, balloonBytes: 6 },
  disks: [{ name: 'overlay', readBytes: 7, writtenBytes: 8, readCount: 9, writeCount: 10 }],
  network: { receivedBytes: 11, sentBytes: 12, receivedPackets: 13, sentPackets: 14 },
  counters: { 'vcpu.failures': 15 },
};

test('the figures reach the wire whole', () => {
  const wire = toWireStats(stats);
  const { uptimeMs: _, cpuMs: __, ...same } = stats;
  expect(wire).toEqual({
    ...same,
    uptime: { seconds: 61, nanos: 250_000_000 },
    cpuTime: { seconds: 0, nanos: expect.any(Number) },
  });
  expect(VmStats.decode(VmStats.encode(wire).finish())).toEqual(wire);
});

test('a part of a second never is a whole one', () => {
  expect(toWireStats(stats).cpuTime?.nanos).toBe(999_999_999);
});

test('a guest that says nothing of its memory has none on the wire', () => {
  const { guestMemory: _, ...silent } = stats;
  expect(toWireStats(silent).guestMemory).toBeUndefined();
});
