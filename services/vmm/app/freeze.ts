import { unlessAborted } from '../../../lib/clock.js';
import { wrongState } from '../domain/errors.js';
import { paused, resumed } from '../domain/moves.js';
import type { Machines } from './machines.js';
import type { Machine } from './ports.js';
import type { Task } from './workers.js';

/** RUNNING to PAUSED: the guest's processors stand still. */
export async function pauseMachine(machines: Machines, task: Task): Promise<void> {
  const machine = machineOf(machines, task, 'pause');
  await told(machine.pause(), task, () => machine.resume());
  task.update(paused);
}

/** PAUSED to RUNNING. */
export async function resumeMachine(machines: Machines, task: Task): Promise<void> {
  const machine = machineOf(machines, task, 'resume');
  await told(machine.resume(), task, () => machine.pause());
  task.update(resumed);
}

/** One that fails may have been heard all the same, and the guest shall do what the VM is said to do. */
async function told(telling: Promise<void>, task: Task, takeBack: () => Promise<void>): Promise<void> {
  try {
    await unlessAborted(telling, task.signal);
  } catch (error) {
    if (!task.signal.aborted) await takeBack().catch((err) => task.log.warn({ err }, 'could not take it back at once'));
    throw error;
  }
}

/** It may have ended since the move was decided, or could not be adopted. */
function machineOf(machines: Machines, { vm }: Task, verb: string): Machine {
  const machine = machines.get(vm.uid);
  if (machine === undefined) throw wrongState(`${verb} vm ${vm.name}`, 'without a hypervisor', 'it must be running');
  return machine;
}
