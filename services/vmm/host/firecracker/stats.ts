import { cpuMs, residentBytes, uptimeMs } from '../../../../lib/host/process.js';
import type { DiskStats, GuestMemory, MachineStats } from '../../domain/stats.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import type { Answer } from './api.js';
import type { Metrics } from './metrics.js';

/** What a process, its balloon and its metrics say together. */
export function machineStats(
  process: ProcessIdentity,
  balloon: Answer<'GET /balloon/statistics'>,
  metrics: Metrics,
): MachineStats {
  const network = metrics.net_eth0 ?? {};
  return {
    uptimeMs: uptimeMs(process),
    cpuMs: cpuMs(process.pid) ?? 0,
    residentBytes: residentBytes(process.pid) ?? 0,
    guestMemory: guestMemory(balloon),
    disks: diskNames.filter((name) => `block_${name}` in metrics).map((name) => diskStats(name, metrics)),
    network: {
      receivedBytes: network.rx_bytes_count ?? 0,
      sentBytes: network.tx_bytes_count ?? 0,
      receivedPackets: network.rx_packets_count ?? 0,
      sentPackets: network.tx_packets_count ?? 0,
    },
    counters: counters(metrics),
  };
}

const diskNames = ['base', 'overlay', 'work'] as const;
const bytesPerMib = 1024 * 1024;

function diskStats(name: DiskStats['name'], metrics: Metrics): DiskStats {
  const disk = metrics[`block_${name}`] ?? {};
  return {
    name,
    readBytes: disk.read_bytes ?? 0,
    writtenBytes: disk.write_bytes ?? 0,
    readCount: disk.read_count ?? 0,
    writeCount: disk.write_count ?? 0,
  };
}

/** Absent until the guest's balloon driver has reported. */
function guestMemory(balloon: Answer<'GET /balloon/statistics'>): GuestMemory | undefined {
  const { total_memory: totalBytes, available_memory: availableBytes, actual_mib } = balloon;
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  return { totalBytes, availableBytes, balloonBytes: actual_mib * bytesPerMib };
}

/** What tells of trouble, or of the price of a start. */
const shown: readonly (readonly [group: string, name: string])[] = [
  ['api_server', 'process_startup_time_us'],
  ['vcpu', 'failures'],
  ['seccomp', 'num_faults'],
  ['logger', 'missed_log_count'],
  ['logger', 'missed_metrics_count'],
  ['net_eth0', 'tx_fails'],
  ['net_eth0', 'rx_fails'],
];

function counters(metrics: Metrics): Record<string, number> {
  const known = shown.filter(([group, name]) => metrics[group]?.[name] !== undefined);
  return Object.fromEntries(known.map(([group, name]) => [`${group}.${name}`, metrics[group]?.[name] ?? 0]));
}
