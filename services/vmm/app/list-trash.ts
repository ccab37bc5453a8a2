import { keptUntil, type Remain, type TrashEntry } from '../domain/trash.js';
import type { World } from './world.js';

export interface KeptVm {
  readonly entry: TrashEntry;
  /** Milliseconds since 1970, unless room is needed before, or the host rests. */
  readonly keptUntil: number;
}

export interface TrashReport {
  /** The last deleted first. */
  readonly vms: readonly KeptVm[];
  readonly remains: readonly Remain[];
}

export function listTrash(world: World): TrashReport {
  const vms = world.trash.list().map((entry) => kept(world, entry));
  return { vms, remains: world.trash.remains() };
}

export function kept({ trash, trashLimits, host }: World, entry: TrashEntry): KeptVm {
  return { entry, keptUntil: keptUntil(entry, trashLimits, host.now(), trash.countTime(host.boot())) };
}
