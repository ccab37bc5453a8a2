import { delay } from '../../../lib/clock.js';
import { bootArgs } from '../domain/boot-args.js';
import { bootTimeout, guestPoweredOff } from '../domain/errors.js';
import { answered, prepared } from '../domain/moves.js';
import { errorOf, pauseBeforeStart } from '../domain/restart.js';
import { type Vm, withStatus } from '../domain/vm.js';
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
  // A VM that was to be created only, and is to be started since, goes through the preparation again: it has no hypervisor.
  if (vm.status.state === 'STARTING' && vm.status.hypervisor) await bringUp(context, task, lease);
}

/** STARTING: what the VM needs, its hypervisor, and the guest's first answer. */
export async function bootVm(context: PreparationContext, task: Task): Promise<void> {
  await backOff(context, task);
  await bringUp(context, task, await prepare(context, task));
}

/**
 * After starts by itself that followed each other quickly: nextRestarts in domain/restart.ts. Before anything is asked of
 * the peers, for it may be them that fail.
 */
async function backOff({ world, machines }: PreparationContext, task: Task): Promise<void> {
  const { uid, status } = task.vm;
  if (status.restarts === undefined || machines.get(uid) !== undefined) return;
  const pauseMs = pauseBeforeStart(status.restarts, world.host.now());
  await runSteps([{ name: 'backoff', run: (signal) => delay(pauseMs, signal) }], stepOptions(world, task));
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
  const answer: Step = {
    name: 'boot',
    run: async (signal) => {
      const deadline = AbortSignal.timeout(world.patience.bootMs);
      // A guest that resets itself before it answers, as after a first set-up, comes up again within the same time.
      while ((await waitForGuest(world, machines, task, deadline, signal)) === 'rebooted') await launch.run(signal);
    },
  };
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
  // Written before the launch, so that it is known of a machine that only the next service finds.
  const vm = task.update((now) => {
    const { cpuCount, memoryMib, workDiskMib, hypervisor } = now.spec;
    return withStatus(now, { launched: { cpuCount, memoryMib, workDiskMib, hypervisor } });
  });
  machines.add(await world.hypervisors.launch(launchPlan(world, vm, lease), signal));
}

function launchPlan(world: World, vm: Vm, lease: Lease): LaunchPlan {
  const { network, hypervisor, jailUid, workDiskMib } = vm.status;
  if (network === undefined || hypervisor === undefined) throw new Error('these steps come before the launch');
  const { overlay, work } = world.disks.paths(vm.uid);
  return {
    uid: vm.uid,
    name: vm.name,
    cpuCount: vm.spec.cpuCount,
    memoryMib: vm.spec.memoryMib,
    hypervisor: hypervisor.kind,
    acceleration: hypervisor.acceleration,
    ...(hypervisor.jailed && { jailUid }),
    vmlinuxPath: lease.vmlinuxPath,
    initrdPath: lease.initrdPath,
    commandLine: bootArgs({
      hypervisor: hypervisor.kind,
      init: vm.spec.init,
      origin: vm.status.origin ?? lease.origin,
      network,
      layerCount: lease.layerPaths.length,
    }),
    disks: { base: lease.rootfsPath, overlay, ...(workDiskMib > 0 && { work }), layers: lease.layerPaths },
    network,
  };
}

/** Whichever comes first: the guest's answer, the end of its hypervisor, or the end of our patience. */
async function waitForGuest(
  world: World,
  machines: Machines,
  task: Task,
  deadline: AbortSignal,
  signal: AbortSignal,
): Promise<'answered' | 'rebooted'> {
  const { uid, name, status } = current(world, task);
  const settled = new AbortController();
  const wait = AbortSignal.any([signal, deadline, settled.signal]);
  try {
    const answer = world.guests.answers(status.network?.ipv4Address ?? '', wait).then(() => undefined);
    const end = await Promise.race([answer, endOf(machines.get(uid))]);
    if (end === undefined) return 'answered';
    if (end.cause === 'rebooted' && !deadline.aborted) return 'rebooted';
    throw await endedEarly(world, name, uid, end);
  } catch (error) {
    if (deadline.aborted && !signal.aborted) throw await tookTooLong(world, name, uid);
    throw error;
  } finally {
    settled.abort(new Error('no longer waited for'));
  }
}

async function endOf(machine: Machine | undefined): Promise<MachineEnd> {
  return machine?.ended ?? { cause: 'crashed', detail: 'it ended as it started' };
}

async function endedEarly(world: World, name: string, uid: string, end: MachineEnd): Promise<Error> {
  const error = end.cause === 'ended' ? undefined : errorOf(name, end);
  if (error) return error;
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
