import { about } from '../../../lib/context.js';
import { admit } from '../domain/admission.js';
import type { FoundMachine } from '../domain/traces.js';
import type { Vm } from '../domain/vm.js';
import type { KnownHosts } from './known-hosts.js';
import type { Recovery } from './recovery.js';
import { endStray, isStray, removeStrayDisks } from './strays.js';
import type { Workers } from './workers.js';
import type { World } from './world.js';

/**
 * Brings the record and the host together at the start of the service, before it listens: takes running hypervisors
 * over, marks those that are gone, removes what bears our mark and belongs to nobody, and lets the workers go on with
 * whatever was on its way. A VM that makes trouble is logged and tried again by its worker; the others do not wait for it.
 */
export async function reconcile(
  world: World,
  recovery: Recovery,
  workers: Workers,
  knownHosts: KnownHosts,
): Promise<void> {
  const found = new Map((await world.hypervisors.find()).map((machine) => [machine.uid, machine]));
  const vms = world.store.list();
  await Promise.all(vms.map((vm) => recovery.begin(vm, found.get(vm.uid))));
  await removeLeftovers(world, found);
  await guarded(world, '', () => knownHosts.refresh());
  removeTemporary(world, vms);
  for (const { uid } of vms) workers.wake(uid);
}

/** The state directory is ours alone, and so are processes whose sockets are in our run directory. */
async function removeLeftovers(world: World, found: ReadonlyMap<string, FoundMachine>): Promise<void> {
  const strays = [...found.values()].filter(({ uid }) => isStray(world, uid, 'hypervisor'));
  await Promise.all(strays.map((stray) => guarded(world, stray.uid, () => endStray(world, stray))));
  for (const uid of (await world.disks.list()).filter((each) => isStray(world, each, 'disk'))) {
    await guarded(world, uid, () => removeStrayDisks(world, uid));
  }
}

/** Those who built images in them are gone. */
function removeTemporary({ store, host, log }: World, vms: readonly Vm[]): void {
  for (const { uid, name } of vms.filter((vm) => vm.temporary)) {
    log.warn({ vm: name, uid }, 'removing a vm that an image was built in');
    store.change(uid, (vm) => {
      const admission = admit(vm, { verb: 'delete', force: true, now: host.now() });
      return admission.kind === 'accept' ? admission.vm : vm;
    });
  }
}

async function guarded(world: World, uid: string, work: () => Promise<void>): Promise<void> {
  await about(uid, work).catch((err) => world.log.error({ uid, err }, 'could not recover; going on with the others'));
}
