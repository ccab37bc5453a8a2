import { bytes } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';
import type { Use } from '../top.js';

const rate = (count: number) => `${bytes(count)}/s`;

const columns: readonly Column<Use>[] = [
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'CPU', cell: ({ cpuPercent }) => `${cpuPercent.toFixed(1)}%`, right: true },
  { title: 'MEMORY', cell: ({ memoryBytes }) => bytes(memoryBytes), right: true },
  {
    title: 'GUEST FREE',
    cell: ({ guestAvailableBytes: free }) => (free === undefined ? '-' : bytes(free)),
    right: true,
  },
  { title: 'READ', cell: (use) => rate(use.diskReadBytesPerSecond), right: true },
  { title: 'WRITTEN', cell: (use) => rate(use.diskWrittenBytesPerSecond), right: true },
  { title: 'IN', cell: (use) => rate(use.networkReceivedBytesPerSecond), right: true },
  { title: 'OUT', cell: (use) => rate(use.networkSentBytesPerSecond), right: true },
];

export function topTable(uses: readonly Use[], style: Style): string {
  return uses.length === 0 ? 'No VM is running.' : table(columns, uses, style);
}
