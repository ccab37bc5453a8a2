import { toBangerError } from '../../../lib/errors.js';
import { vmError } from '../domain/moves.js';
import { type Attachment, type Vm, withStatus } from '../domain/vm.js';
import { loginOf } from './login.js';
import type { Machines } from './machines.js';
import { stepOptions } from './preparation.js';
import { runSteps } from './step.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

/** Makes NAT what the spec says, while the VM stays in its state. */
export async function applyNat(world: World, task: Task): Promise<void> {
  const { uid, spec } = task.vm;
  const run = async (signal: AbortSignal) => {
    const network = await world.networks.setNat(uid, spec.nat, signal);
    task.update((vm) => withAttachment(vm, network));
  };
  await runSteps([{ name: 'nat', run }], { ...stepOptions(world, task), onStep: () => undefined });
}

/** Makes who reaches the VM, and what it reaches, what the spec says, while the VM stays in its state. */
export async function applyPolicy(world: World, task: Task): Promise<void> {
  const { uid, spec } = task.vm;
  const run = async (signal: AbortSignal) => {
    const network = await world.networks.setPolicy(uid, spec.policy, signal);
    task.update((vm) => withAttachment(vm, network));
  };
  await runSteps([{ name: 'policy', run }], { ...stepOptions(world, task), onStep: () => undefined });
}

/** Which addresses a guest has was decided as it was started, whatever netd would give it by now. */
function withAttachment(vm: Vm, { ipv6: _, ...network }: Attachment): Vm {
  return withStatus(vm, { network: { ...vm.status.network, ...network } });
}

/** Grows the work disk to what the spec says: on the host while nothing runs, else in the guest. */
export async function growWorkDisk(world: World, machines: Machines, task: Task): Promise<void> {
  const { uid, spec } = task.vm;
  const { workDiskMib } = spec;
  if (machines.get(uid) === undefined) {
    await world.disks.ensureWork(task.vm, workDiskMib, task.signal);
    task.update((vm) => withStatus(vm, { workDiskMib, growAtNextStart: false }));
    return;
  }
  await world.disks.extendWork(task.vm, workDiskMib);
  try {
    await growInGuest(world, machines, task);
    task.update((vm) => withStatus(vm, { workDiskMib }));
  } catch (error) {
    if (task.signal.aborted) throw error;
    // The file is larger already, and a smaller one would cut the guest's disk: the next start finishes it.
    const lastError = vmError(toBangerError(error), world.host.now());
    task.log.warn({ err: error }, 'the work disk grows at the next start');
    task.update((vm) => withStatus(vm, { growAtNextStart: true, lastError }));
  }
}

const bytesPerMib = 1024 * 1024;

async function growInGuest(world: World, machines: Machines, { vm, signal }: Task): Promise<void> {
  await machines.get(vm.uid)?.resizeWorkDisk(vm.spec.workDiskMib * bytesPerMib);
  const login = loginOf(vm);
  if (login) await world.guests.run(login, ['resize2fs', '/dev/vdc'], signal);
}
