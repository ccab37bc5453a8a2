import type { Log } from '../../../lib/log.js';
import type { Vm } from '../domain/vm.js';
import { patiently } from './step.js';
import type { World } from './world.js';

/**
 * Holds what VMs were made of once more at the start of the service, for imaged may have lost its catalogue: what nobody
 * holds can be deleted, and a VM's disk fits no other image. Waits for imaged as long as that is away; nobody waits for
 * this. What imaged still knows is left as it is, for a lease that is taken anew could get another default kernel.
 */
export async function renewLeases(world: World, signal: AbortSignal): Promise<void> {
  for (const vm of [...world.store.list(), ...world.trash.list().map((entry) => entry.vm)]) {
    const log = world.log.child({ vm: vm.name, uid: vm.uid });
    await renew(world, vm, log, signal).catch((err) => {
      if (!signal.aborted) log.error({ err }, 'could not hold the image of a vm again');
    });
  }
}

async function renew(world: World, { uid, name, spec, status }: Vm, log: Log, signal: AbortSignal): Promise<void> {
  const digest = status.origin?.digest;
  if (digest === undefined) return;
  const options = { signal, log, peerMs: Number.POSITIVE_INFINITY, onWait: () => undefined };
  if (await patiently(() => world.images.isHeld(uid, digest, signal), options)) return;
  if (!isWanted(world, uid)) return;
  await patiently(() => world.images.acquire({ uid, name }, digest, spec.kernel, signal), options);
  log.warn({ image: digest }, 'imaged had forgotten that a vm holds its image; it holds it again');
  // It was deleted meanwhile: whoever did that may have let go before we took hold.
  if (!isWanted(world, uid)) await patiently(() => world.images.release(uid, signal), options);
}

function isWanted(world: World, uid: string): boolean {
  if (world.trash.get(uid)) return true;
  const now = world.store.get(uid);
  return now?.status.origin !== undefined && now.goal !== 'deleted';
}
