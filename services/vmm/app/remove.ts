import type { KnownHosts } from './known-hosts.js';
import type { Machines } from './machines.js';
import { stepOptions } from './preparation.js';
import { runSteps, type Step } from './step.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

/**
 * DELETING: nothing of the VM stays. Peers that are away are waited for without end: the deletion goes on when they are
 * back. The disks go last, so that a VM whose deletion fails is still whole.
 */
export async function removeVm(world: World, machines: Machines, knownHosts: KnownHosts, task: Task): Promise<void> {
  const { uid } = task.vm;
  const steps: Step[] = [
    { name: 'hypervisor', run: () => machines.end(uid) },
    { name: 'network', run: (signal) => world.networks.release(uid, signal) },
    { name: 'image', run: (signal) => world.images.release(uid, signal) },
    { name: 'disk', run: () => world.disks.remove(uid) },
  ];
  await runSteps(steps, stepOptions(world, task, Number.POSITIVE_INFINITY));
  task.signal.throwIfAborted();
  world.store.remove(uid);
  await knownHosts.refreshAtLast(task.signal);
}
