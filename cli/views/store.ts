import {
  type GetStoreUsageResponse,
  type PrunedItem,
  PruneReason,
  type StorePart,
  type VerifiedObject,
} from '../../gen/banger/imaged/v1/image_service.js';
import { bytes } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';
import { shortDigest } from './image.js';

const reasonWords: Readonly<Record<PruneReason, string>> = {
  [PruneReason.UNSPECIFIED]: '-',
  [PruneReason.DAMAGED]: 'damaged',
  [PruneReason.UNNAMED]: 'has no name',
  [PruneReason.CACHE]: 'build cache',
  [PruneReason.UNUSED]: 'no VM holds it',
};

const prunedColumns: readonly Column<PrunedItem>[] = [
  { title: 'WHAT', cell: ({ what, digest }) => what || shortDigest(digest) },
  { title: 'WHY', cell: ({ reason }) => reasonWords[reason] },
  { title: 'ON DISK', cell: (item) => bytes(item.bytes), right: true },
];

export function pruneReport(items: readonly PrunedItem[], dryRun: boolean, style: Style): string {
  if (items.length === 0) return 'There is nothing to remove.';
  const freed = bytes(items.reduce((sum, item) => sum + item.bytes, 0));
  return `${table(prunedColumns, items, style)}\n\n${freed} ${dryRun ? 'would be freed' : 'freed'}.`;
}

export function storeUsage(usage: GetStoreUsageResponse, style: Style): string {
  const { images, kernels, damaged, builds, freeBytes } = usage;
  const parts = [images, kernels, damaged, builds];
  const total = parts.reduce((sum, part) => sum + (part?.bytes ?? 0), 0);
  return properties(
    [
      ['Images', counted(images)],
      ['Kernels', counted(kernels)],
      ['Builds', counted(builds)],
      ['Damaged', damaged?.count ? counted(damaged) : undefined],
      ['Total', bytes(total)],
      ['Free', bytes(freeBytes)],
    ],
    style,
  );
}

function counted(part: StorePart | undefined): string {
  return `${bytes(part?.bytes ?? 0)} (${part?.count ?? 0})`;
}

const verifiedColumns: readonly Column<VerifiedObject>[] = [
  { title: 'NAME', cell: ({ names }) => names.join(', ') },
  { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
  { title: 'READ', cell: ({ checkedBytes }) => bytes(checkedBytes), right: true },
  {
    title: 'STATE',
    cell: ({ problems }, style) =>
      problems.length === 0
        ? { text: 'whole', paint: style.green }
        : { text: `damaged: ${problems.join('; ')}`, paint: style.red },
  },
];

export function verifyTable(objects: readonly VerifiedObject[], style: Style): string {
  if (objects.length === 0) return 'There are no images.';
  return table(verifiedColumns, objects, style);
}
