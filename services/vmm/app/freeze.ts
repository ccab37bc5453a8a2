import { unlessAborted } from '../../../lib/clock.js';
import { wrongState } from '../domain/errors.js';
import { paused, resumed } from '../domain/moves.js';
import type { Machines } from './machines.js';
import type { Machine } from './ports.js';
import type { Task } from './workers.js';

/** RUNNING to PAUSED: the guest's processors stand still. */
export async function pauseMachine(machines: Machines, task: Task): Promise<void> {
  const machine = machineOf(machines, task, 'pause');
  try {
    await unlessAborted(machine.pause(), task.signal);
  } catch (error) {
    // It may have heard us all the same, and a VM that is said to run shall not stand still.
    if (!task.signal.aborted)
      await machine.resume().catch((err) => task.log.warn({ err }, 'could not take the pause back at once'));
    throw error;
  }
  task.update(paused);
}

/** PAUSED to RUNNING. */
export async function resumeMachine(machines: Machines, task: Task): Promise<void> {
  await unlessAborted(machineOf(machines, task, 'resume').resume(), task.signal);
  task.update(resumed);
}

/** It may have ended since the move was decided, or could not be adopted. */
function machineOf(machines: Machines, { vm }: Task, verb: string): Machine {
  const machine = machines.get(vm.uid);
  if (machine === undefined) throw wrongState(`${verb} vm ${vm.name}`, 'without a hypervisor', 'it must be running');
  return machine;
}
