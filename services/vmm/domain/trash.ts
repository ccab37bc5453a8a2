import type { Vm } from './vm.js';

/** What becomes of VMs after their deletion: those that can still be restored, and what of the others is left. Pure. */

/** A VM that was deleted and can be restored. */
export interface TrashEntry {
  /** As it was deleted. */
  readonly vm: Vm;
  /** Milliseconds since 1970, for people. */
  readonly deleteTime: number;
  /** On the host's own count of running time (host-time.ts), in milliseconds: what its age is measured by. */
  readonly deletedAt: number;
  /** What its files occupy on the disk. */
  readonly bytes: number;
}

/** How long, and how much, deleted VMs are kept. */
export interface TrashLimits {
  /** 0 for no trash at all. */
  readonly retentionMs: number;
  readonly bytes: number;
}

/** What of a VM can be left, in the order in which it goes: nothing is taken from under a hypervisor that still runs. */
export const remainParts = ['hypervisor', 'network', 'image', 'disk'] as const;
export type RemainPart = (typeof remainParts)[number];

/** Something of a VM that is gone, and has still to be cleaned up. */
export interface Remain {
  readonly uid: string;
  readonly name: string;
  readonly part: RemainPart;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
  /** Why the last attempt failed, as one sentence; empty while there was none. */
  readonly problem: string;
}

const partNames: Readonly<Record<RemainPart, string>> = {
  hypervisor: 'its hypervisor',
  network: 'its address and tap',
  disk: 'its disks',
  image: 'its hold on the image',
};

/** What is left, for people: "its disks". */
export function remainName(part: RemainPart): string {
  return partNames[part];
}

/** Whether a VM that is being deleted can be restored for a while. One without a disk has nothing to keep. */
export function isKept({ temporary, status }: Vm, { retentionMs }: TrashLimits): boolean {
  return retentionMs > 0 && !temporary && !status.removal?.purge && status.sshHostKey !== undefined;
}

/**
 * What has to go: whatever is older than the retention, and then the oldest until the rest fits. `upMs` is the host's
 * running time as it is counted now.
 */
export function dueToGo(
  entries: readonly TrashEntry[],
  { retentionMs, bytes }: TrashLimits,
  upMs: number,
): TrashEntry[] {
  const oldestFirst = entries.toSorted(
    (one, other) => one.deletedAt - other.deletedAt || (one.vm.uid < other.vm.uid ? -1 : 1),
  );
  let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return oldestFirst.filter((entry) => {
    const goes = upMs - entry.deletedAt >= retentionMs || total > bytes;
    if (goes) total -= entry.bytes;
    return goes;
  });
}

/** When it goes unless room is needed or the host rests: `now` and `upMs` are the same moment, as both count it. */
export function keptUntil({ deletedAt }: TrashEntry, { retentionMs }: TrashLimits, now: number, upMs: number): number {
  return now + Math.max(0, deletedAt + retentionMs - upMs);
}

/** Those that a name or a uid stands for, the one that was deleted last first. */
export function entriesOf(entries: readonly TrashEntry[], reference: string): TrashEntry[] {
  return entries
    .filter(({ vm }) => vm.uid === reference || vm.name === reference)
    .toSorted((one, other) => other.deletedAt - one.deletedAt || other.deleteTime - one.deleteTime);
}

/** The VM as it comes back: its disks and keys are there, its place in the network is asked for again. */
export function restored({ vm }: TrashEntry, name: string): Vm {
  const { origin, kernelDigest, sshHostKey, jailUid, workDiskMib, growAtNextStart, network } = vm.status;
  const kept = { origin, kernelDigest, sshHostKey, jailUid, workDiskMib, growAtNextStart };
  const formerAddress = network?.ipv4Address ?? vm.status.formerAddress;
  const status = {
    ...kept,
    state: 'CREATING',
    step: '',
    formerAddress,
    stateReason: 'it was restored from the trash',
  } as const;
  // An alias that becomes the name is no alias any more.
  const aliases = vm.spec.aliases.filter((alias) => alias !== name);
  // Whoever it was tied to has let it go with the deletion.
  const { tie: _, ...own } = vm;
  return { ...own, name, spec: { ...vm.spec, aliases }, goal: 'stopped', status };
}
