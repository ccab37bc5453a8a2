import type { FoundMachine } from '../domain/traces.js';
import type { RemainPart } from '../domain/trash.js';
import type { Machine } from './ports.js';
import type { World } from './world.js';

/** What bears our mark and belongs to no VM: how it is told from what does, and how it goes. */

/** What a VM in the trash keeps. */
const keptInTrash: readonly RemainPart[] = ['image', 'disk'];

/**
 * Whether a part of the VM of this uid belongs to nobody. A VM is written down before anything is made for it, and is
 * forgotten after all of it is gone; what is known to be left is the keeper's: it may take long, or never go.
 */
export function isStray({ store, trash }: Pick<World, 'store' | 'trash'>, uid: string, part: RemainPart): boolean {
  if (store.get(uid) !== undefined) return false;
  if (keptInTrash.includes(part) && trash.get(uid) !== undefined) return false;
  return !trash.remains(uid).some((remain) => remain.part === part);
}

export async function endStray(world: World, stray: FoundMachine): Promise<void> {
  const machine: Machine | undefined = await world.hypervisors.adopt(stray, stray.uid);
  await machine?.end();
  if (machine)
    world.log.warn({ uid: stray.uid, pid: stray.process.pid }, 'ended the hypervisor of a vm that does not exist');
}

export async function removeStrayDisks(world: World, uid: string): Promise<void> {
  await world.disks.remove(uid);
  world.log.warn({ uid }, 'removed the disks of a vm that does not exist');
}
