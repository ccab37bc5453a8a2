import { bootArgs } from '../domain/boot-args.js';
import { bootTimeout, guestPoweredOff, hypervisorCrashed } from '../domain/errors.js';
import { answered, prepared } from '../domain/moves.js';
import { type ChosenHypervisor, type Vm, withStatus } from '../domain/vm.js';
import type { Machines } from './machines.js';
import type { LaunchPlan, Lease, Machine, MachineEnd } from './ports.js';
import { current, type Preparation, type PreparationContext, preparationSteps, stepOptions } from './preparation.js';
import { runSteps, type Step } from './step.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

/** CREATING: everything that a VM needs before its first launch, and the launch right after it. */
export async function createAndBoot(context: PreparationContext, task: Task): Promise<void> {
  const lease = await prepare(context, task);
  const vm = task.update(prepared);
  if (vm.status.state === 'STARTING') await bringUp(context, task, lease);
}

/** STARTING: what the VM needs, its hypervisor, and the guest's first answer. */
export async function bootVm(context: PreparationContext, task: Task): Promise<void> {
  await bringUp(context, task, await prepare(context, task));
}

async function prepare(context: PreparationContext, task: Task): Promise<Lease> {
  const found: Preparation = {};
  await runSteps(preparationSteps(context, task, found), stepOptions(context.world, task));
  if (found.lease === undefined) throw new Error('the preparation ended without a lease');
  return found.lease;
}

async function bringUp({ world, machines }: PreparationContext, task: Task, lease: Lease): Promise<void> {
  const launch: Step = {
    name: 'launch',
    run: (signal) => launchHypervisor(world, machines, task, lease, signal),
    undo: () => machines.end(task.vm.uid),
  };
  const answer: Step = { name: 'boot', run: (signal) => waitForGuest(world, machines, task, signal) };
  await runSteps([launch, answer], stepOptions(world, task));
  task.update((vm) => answered(vm, world.host.now()));
}

/** A machine that is there already was adopted in the middle of its start. */
async function launchHypervisor(
  world: World,
  machines: Machines,
  task: Task,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  if (machines.get(task.vm.uid) !== undefined) return;
  const hypervisor = await world.hypervisor.choose(lease, signal);
  // Written before the launch, so that it is known of a machine that only the next service finds.
  const vm = task.update((now) => {
    const { cpuCount, memoryMib, workDiskMib } = now.spec;
    return withStatus(now, { hypervisor, launched: { cpuCount, memoryMib, workDiskMib } });
  });
  machines.add(await world.hypervisor.launch(launchPlan(world, vm, lease, hypervisor), signal));
}

function launchPlan(world: World, vm: Vm, lease: Lease, { acceleration }: ChosenHypervisor): LaunchPlan {
  const { network, workDiskMib } = vm.status;
  if (network === undefined) throw new Error('the network step comes before the launch');
  const { overlay, work } = world.disks.paths(vm.uid);
  return {
    uid: vm.uid,
    name: vm.name,
    cpuCount: vm.spec.cpuCount,
    memoryMib: vm.spec.memoryMib,
    acceleration,
    vmlinuxPath: lease.vmlinuxPath,
    initrdPath: lease.initrdPath,
    commandLine: bootArgs({ init: vm.spec.init, origin: vm.status.origin ?? lease.origin, network }),
    disks: { base: lease.rootfsPath, overlay, ...(workDiskMib > 0 && { work }) },
    network,
  };
}

/** Whichever comes first: the guest's answer, the end of its hypervisor, or the end of our patience. */
async function waitForGuest(world: World, machines: Machines, task: Task, signal: AbortSignal): Promise<void> {
  const { uid, name, status } = current(world, task);
  const machine = machines.get(uid);
  const settled = new AbortController();
  const timeout = AbortSignal.timeout(world.patience.bootMs);
  const wait = AbortSignal.any([signal, timeout, settled.signal]);
  try {
    const answer = world.guests.answers(status.network?.ipv4Address ?? '', wait).then(() => undefined);
    const end = await Promise.race([answer, endOf(machine)]);
    if (end) throw await endedEarly(world, name, uid, end);
  } catch (error) {
    if (timeout.aborted && !signal.aborted) throw await tookTooLong(world, name, uid);
    throw error;
  } finally {
    settled.abort(new Error('no longer waited for'));
  }
}

async function endOf(machine: Machine | undefined): Promise<MachineEnd> {
  return machine?.ended ?? { cause: 'crashed', detail: 'it ended as it started' };
}

async function endedEarly(world: World, name: string, uid: string, end: MachineEnd): Promise<Error> {
  if (end.cause === 'crashed') return hypervisorCrashed(name, end.detail);
  return guestPoweredOff(name, await consoleTail(world, uid));
}

async function tookTooLong(world: World, name: string, uid: string): Promise<Error> {
  return bootTimeout(name, Math.round(world.patience.bootMs / 1000), await consoleTail(world, uid));
}

/** Enough to see why, short enough for one message. */
const consoleTailLines = 5;

function consoleTail(world: World, uid: string): Promise<string> {
  return world.consoles.lastLines(uid, consoleTailLines);
}
