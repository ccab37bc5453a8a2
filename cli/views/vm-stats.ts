import type { DiskStats, VmStats } from '../../gen/banger/vmm/v1/vm_service.js';
import type { Duration } from '../../gen/google/protobuf/duration.js';
import { bytes, elapsed } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';

/** One reading, for a person: totals since the hypervisor started. */
export function statsDetails(stats: VmStats, style: Style): string {
  const { guestMemory: memory, network } = stats;
  const summary = properties(
    [
      ['Uptime', elapsed(milliseconds(stats.uptime))],
      ['Processor', `${elapsed(milliseconds(stats.cpuTime))}, ${processorShare(stats)} of one processor`],
      ['Memory', `${bytes(stats.residentBytes)} of the host`],
      [
        'In the guest',
        memory && `${bytes(memory.availableBytes)} of ${bytes(memory.totalBytes)} available${balloon(memory)}`,
      ],
      ['Received', network && `${bytes(network.receivedBytes)} in ${network.receivedPackets} packets`],
      ['Sent', network && `${bytes(network.sentBytes)} in ${network.sentPackets} packets`],
    ],
    style,
  );
  const disks = stats.disks.length > 0 ? table(diskColumns, stats.disks, style) : '';
  const counters = countersThatCount(stats);
  const others = counters.length > 0 ? table(counterColumns, counters, style) : '';
  return [summary, disks, others].filter((part) => part !== '').join('\n\n');
}

/** The most telling figures in one line. */
export function usageLine(stats: VmStats): string {
  const { disks, network } = stats;
  const read = disks.reduce((sum, disk) => sum + disk.readBytes, 0);
  const written = disks.reduce((sum, disk) => sum + disk.writtenBytes, 0);
  return [
    `processor ${processorShare(stats)}`,
    `memory ${bytes(stats.residentBytes)}`,
    `disk ${bytes(read)} read, ${bytes(written)} written`,
    `network ${bytes(network?.receivedBytes ?? 0)} in, ${bytes(network?.sentBytes ?? 0)} out`,
  ].join('; ');
}

const diskColumns: readonly Column<DiskStats>[] = [
  { title: 'DISK', cell: (disk) => disk.name },
  { title: 'READ', cell: (disk) => bytes(disk.readBytes), right: true },
  { title: 'WRITTEN', cell: (disk) => bytes(disk.writtenBytes), right: true },
  { title: 'READS', cell: (disk) => String(disk.readCount), right: true },
  { title: 'WRITES', cell: (disk) => String(disk.writeCount), right: true },
];

const counterColumns: readonly Column<readonly [string, number]>[] = [
  { title: 'COUNTER', cell: ([name]) => name },
  { title: 'VALUE', cell: ([, value]) => String(value), right: true },
];

/** Most count what went wrong, and are 0. */
function countersThatCount({ counters }: VmStats): (readonly [string, number])[] {
  return Object.entries(counters)
    .filter(([, value]) => value !== 0)
    .sort(([a], [b]) => a.localeCompare(b));
}

/** The average since the start; several processors can take more than 100%. */
function processorShare({ uptime, cpuTime }: VmStats): string {
  const whole = milliseconds(uptime);
  return `${whole === 0 ? 0 : Math.round((100 * milliseconds(cpuTime)) / whole)}%`;
}

function balloon({ balloonBytes }: { readonly balloonBytes: number }): string {
  return balloonBytes > 0 ? `, ${bytes(balloonBytes)} given back` : '';
}

function milliseconds(duration: Duration | undefined): number {
  return duration === undefined ? 0 : duration.seconds * 1000 + duration.nanos / 1e6;
}
