import { about } from '../../../lib/context.js';
import { admit } from '../domain/admission.js';
import { recovered } from '../domain/moves.js';
import { endFromWords, type OwnEnd } from '../domain/restart.js';
import type { Vm } from '../domain/vm.js';
import type { KnownHosts } from './known-hosts.js';
import type { Machines } from './machines.js';
import type { FoundMachine, Machine } from './ports.js';
import type { Workers } from './workers.js';
import type { World } from './world.js';

/**
 * Brings the record and the host together at the start of the service, before it listens: takes running hypervisors
 * over, marks those that are gone, removes what bears our mark and belongs to nobody, and lets the workers go on with
 * whatever was on its way. A VM that makes trouble is logged and left for later; the others do not wait for it.
 */
export async function reconcile(
  world: World,
  machines: Machines,
  workers: Workers,
  knownHosts: KnownHosts,
): Promise<void> {
  const found = new Map((await world.hypervisors.find()).map((machine) => [machine.uid, machine]));
  const vms = world.store.list();
  await Promise.all(vms.map((vm) => guarded(world, vm.uid, () => recoverVm(world, machines, vm, found.get(vm.uid)))));
  await removeLeftovers(world, found);
  await guarded(world, '', () => knownHosts.refresh());
  removeTemporary(world, vms);
  for (const { uid } of vms) workers.wake(uid);
}

async function recoverVm(world: World, machines: Machines, vm: Vm, found: FoundMachine | undefined): Promise<void> {
  const machine = found && (await world.hypervisors.adopt(found, vm.name));
  const end = machine ? undefined : await unseenEnd(world, vm);
  if (machine) machines.add(machine);
  const what = { running: machine !== undefined, end };
  const after = world.store.change(vm.uid, (now) => recovered(now, what, world.host.now()));
  world.log.info({ vm: vm.name, uid: vm.uid, state: after?.status.state, pid: machine?.process.pid }, 'vm recovered');
  if (machine && after) void tellAgain(world, after, machine);
}

/**
 * A pause or a resume that the last service was about to take back may not have been heard. Nobody waits for it: a
 * hypervisor that hangs takes its time.
 */
async function tellAgain({ log }: World, { name, uid, goal, status }: Vm, machine: Machine): Promise<void> {
  const warn = (err: unknown) => log.warn({ vm: name, uid, err }, 'could not tell a guest to run, or to stand still');
  if (status.state === 'RUNNING' && goal === 'running') await machine.resume().catch(warn);
  if (status.state === 'PAUSED' && goal === 'paused') await machine.pause().catch(warn);
}

/** What the guest's kernel, or else its hypervisor, said last. */
async function unseenEnd(world: World, { uid, status }: Vm): Promise<OwnEnd | undefined> {
  const said = endFromWords(await world.consoles.kernelWords(uid));
  return said ?? (status.hypervisor && world.hypervisors.lastEnd(status.hypervisor.kind, uid));
}

/** The state directory is ours alone, and so are processes whose sockets are in our run directory. */
async function removeLeftovers(world: World, found: ReadonlyMap<string, FoundMachine>): Promise<void> {
  const isStray = (uid: string) => world.store.get(uid) === undefined;
  const strays = [...found.values()].filter((machine) => isStray(machine.uid));
  await Promise.all(strays.map((stray) => guarded(world, stray.uid, () => endStray(world, stray))));
  for (const uid of (await world.disks.list()).filter(isStray)) {
    await guarded(world, uid, async () => {
      await world.disks.remove(uid);
      world.log.warn({ uid }, 'removed the disks of a vm that does not exist');
    });
  }
}

async function endStray(world: World, stray: FoundMachine): Promise<void> {
  const machine: Machine | undefined = await world.hypervisors.adopt(stray, stray.uid);
  await machine?.end();
  if (machine)
    world.log.warn({ uid: stray.uid, pid: stray.process.pid }, 'ended the hypervisor of a vm that does not exist');
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
