import type { Remain } from '../domain/trash.js';
import { type KeptVm, kept } from './list-trash.js';
import { applyVerb, type VerbContext, type WaitRequest } from './verbs.js';
import { waitUntilGone } from './wait.js';

export interface DeleteRequest extends WaitRequest {
  /** Even while it runs, and whatever cannot be cleaned up. */
  readonly force: boolean;
  /** Keep nothing to be restored. */
  readonly purge?: boolean;
}

export interface Deletion {
  /** Absent when it cannot be restored, or was not waited for. */
  readonly kept?: KeptVm;
  /** What could not be cleaned up yet. */
  readonly remains: readonly Remain[];
}

/** Ends a VM and removes what is its own; its disks are kept in the trash for a while, where there is one. */
export async function deleteVm(context: VerbContext, name: string, request: DeleteRequest): Promise<Deletion> {
  const { world } = context;
  const { force, purge = false } = request;
  const vm = applyVerb(context, name, { verb: 'delete', force, purge });
  if (!request.wait) return { remains: [] };
  await waitUntilGone(world.store, vm, request.signal);
  const entry = world.trash.get(vm.uid);
  return { ...(entry && { kept: kept(world, entry) }), remains: world.trash.remains(vm.uid) };
}
