import type { BangerError } from '../../../lib/errors.js';
import { ipv6Format } from '../domain/boot-args.js';
import { diskFailed } from '../domain/errors.js';
import { guestDataSeed } from '../domain/guest-data.js';
import { jailUidFor } from '../domain/jail-uid.js';
import { vmError } from '../domain/moves.js';
import { identitySeed } from '../domain/seed.js';
import { hypervisorWish } from '../domain/spec.js';
import { type Vm, type VmStatus, withStatus } from '../domain/vm.js';
import { networkRequest } from './check-place.js';
import type { KnownHosts } from './known-hosts.js';
import type { Machines } from './machines.js';
import type { Lease } from './ports.js';
import type { Step, StepOptions } from './step.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

export interface PreparationContext {
  readonly world: World;
  readonly machines: Machines;
  readonly knownHosts: KnownHosts;
}

/** What the steps before a launch find out for it. */
export interface Preparation {
  lease?: Lease;
}

/**
 * The image and kernel held, a hypervisor chosen, an address, the disks. Every start goes through them again and repairs
 * what is missing; only a VM that has never had a disk loses what they made when one fails.
 */
export function preparationSteps(
  { world, machines, knownHosts }: PreparationContext,
  task: Task,
  found: Preparation,
): Step[] {
  const { uid } = task.vm;
  const isNew = task.vm.status.sshHostKey === undefined;
  const forget = (change: Partial<VmStatus>) => world.store.change(uid, (vm) => withStatus(vm, change));
  return [
    {
      name: 'image',
      run: (signal) => holdImage(world, task, found, signal),
      undo: async () => {
        if (!isNew) return;
        forget({ origin: undefined, kernelDigest: undefined });
        await world.images.release(uid);
      },
    },
    {
      name: 'hypervisor',
      // A VM that is only created gets one at its first start; one whose hypervisor was adopted has it.
      isDone: async () => current(world, task).goal !== 'running' || machines.get(uid) !== undefined,
      run: (signal) => chooseHypervisor(world, task, found, signal),
    },
    {
      name: 'network',
      run: (signal) => attachNetwork(world, task, { ...found, isRunning: machines.get(uid) !== undefined }, signal),
      undo: async () => {
        if (!isNew) return;
        forget({ network: undefined });
        await world.networks.release(uid);
      },
    },
    {
      name: 'disk',
      isDone: () => hasDisk(world, task.vm),
      run: (signal) => makeDisk(world, task, signal),
      undo: async () => {
        // The record first: one that cannot be changed keeps a disk that it tells of.
        forget({ sshHostKey: undefined, workDiskMib: 0 });
        await world.disks.remove(uid);
        await knownHosts.refresh();
      },
    },
    {
      name: 'work-disk',
      // A guest that boots already, under a hypervisor that was adopted, has the disk in use: it is left to the guest.
      isDone: async () =>
        machines.get(uid) !== undefined || current(world, task).spec.workDiskMib === task.vm.status.workDiskMib,
      run: (signal) => makeWorkDisk(world, task, signal),
    },
    { name: 'known-hosts', run: () => knownHosts.refresh() },
  ];
}

async function holdImage(world: World, { vm, update }: Task, found: Preparation, signal: AbortSignal): Promise<void> {
  // The overlay only fits the image that it was made for, whatever the name stands for today.
  const image = vm.status.origin?.digest ?? vm.spec.image;
  const lease = await world.images.acquire({ uid: vm.uid, name: vm.name }, image, vm.spec.kernel, signal);
  found.lease = lease;
  update((now) => withStatus(now, { origin: now.status.origin ?? lease.origin, kernelDigest: lease.kernelDigest }));
}

async function chooseHypervisor(world: World, task: Task, { lease }: Preparation, signal: AbortSignal): Promise<void> {
  if (lease === undefined) throw new Error('the image step comes before the choice of a hypervisor');
  const { name, spec } = current(world, task);
  const hypervisor = await world.hypervisors.choose(`start vm ${name}`, hypervisorWish(spec), lease, signal);
  const jailUid = hypervisor.jailed ? jailUidFor(task.vm, vmsWithDisks(world), world.firstJailUid) : undefined;
  task.update((now) => withStatus(now, { hypervisor, jailUid: jailUid ?? now.status.jailUid }));
}

/** The disks of a deleted VM still belong to the user that its hypervisor ran as. */
function vmsWithDisks({ store, trash }: World): Vm[] {
  return [...store.list(), ...trash.list().map(({ vm }) => vm)];
}

async function attachNetwork(
  world: World,
  task: Task,
  { lease, isRunning }: Preparation & { readonly isRunning: boolean },
  signal: AbortSignal,
): Promise<void> {
  const vm = current(world, task);
  const ownerUid = vm.status.hypervisor?.jailed ? vm.status.jailUid : undefined;
  const { ipv6, ...network } = await world.networks.ensure({ ...networkRequest(vm), ownerUid }, signal);
  // A guest that runs already, under a hypervisor that was adopted, has what it was started with.
  const has6 = isRunning ? vm.status.network?.ipv6 : canHaveIpv6(lease) ? ipv6 : undefined;
  task.update((now) =>
    withStatus(now, { formerAddress: undefined, network: { ...network, ...(has6 && { ipv6: has6 }) } }),
  );
}

/** What the initrd does not give to the guest must not be told to anyone. */
function canHaveIpv6(lease: Lease | undefined): boolean {
  return lease !== undefined && lease.initrdFormat >= ipv6Format;
}

async function hasDisk(world: World, vm: Vm): Promise<boolean> {
  if (vm.status.sshHostKey === undefined) return false;
  if (await world.disks.hasOverlay(vm.uid)) return true;
  // A new, empty disk in its place would hide that data is lost.
  const { overlay } = world.disks.paths(vm.uid);
  throw diskFailed(`start vm ${vm.name}`, `its disk ${overlay} is gone; put it back, or delete the vm`);
}

async function makeDisk(world: World, task: Task, signal: AbortSignal): Promise<void> {
  const { name, spec, status } = current(world, task);
  const [hostKey, authorizedKey] = await Promise.all([
    world.keys.newHostKey(`root@${name}`),
    world.keys.authorizedKey(),
  ]);
  const seed = identitySeed({
    name,
    gateway: status.network?.gateway ?? '',
    machineId: world.host.newMachineId(),
    hostPrivateKey: hostKey.privateKey,
    hostPublicKey: hostKey.publicKey,
    authorizedKey,
  });
  const entries = [...seed, ...guestDataSeed(spec, task.vm)];
  await world.disks.createOverlay(task.vm, spec.diskMib, entries, signal);
  task.update((now) => withStatus(now, { sshHostKey: hostKey.publicKey }));
}

async function makeWorkDisk(world: World, task: Task, signal: AbortSignal): Promise<void> {
  const { workDiskMib } = current(world, task).spec;
  await world.disks.ensureWork(task.vm, workDiskMib, signal);
  task.update((now) => withStatus(now, { workDiskMib, growAtNextStart: false }));
}

/** The VM as it is now: its spec may have changed since the move began. */
export function current(world: Pick<World, 'store'>, { vm }: Task): Vm {
  return world.store.get(vm.uid) ?? vm;
}

/** Steps tell on the VM where they are and what they wait for. */
export function stepOptions(world: World, task: Task, peerMs = world.patience.peerMs): StepOptions {
  const onWait = (error: BangerError) => {
    task.update((vm) => withStatus(vm, { lastError: vmError(error, world.host.now()) }));
  };
  const onStep = (step: string) => {
    task.update((vm) => withStatus(vm, { step }));
  };
  return { signal: task.signal, log: task.log, peerMs, onStep, onWait };
}
