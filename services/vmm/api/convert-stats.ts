import type { VmStats } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Duration } from '../../../gen/google/protobuf/duration.js';
import type { MachineStats } from '../domain/stats.js';

export function toWireStats({ uptimeMs, cpuMs, disks, counters, ...same }: MachineStats): VmStats {
  return {
    ...same,
    uptime: toDuration(uptimeMs),
    cpuTime: toDuration(cpuMs),
    disks: [...disks],
    counters: { ...counters },
    guestMemory: same.guestMemory,
  };
}

function toDuration(ms: number): Duration {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms % 1000) * 1_000_000) };
}
