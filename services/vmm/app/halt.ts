import { delay } from '../../../lib/clock.js';
import { halted } from '../domain/moves.js';
import type { Machines } from './machines.js';
import type { Machine } from './ports.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

/** STOPPING: the guest is asked to power off, and after its grace the hypervisor is ended. */
export async function haltVm(world: World, machines: Machines, task: Task): Promise<void> {
  const machine = machines.get(task.vm.uid);
  const order = task.vm.status.stopOrder;
  if (machine && order && order.graceSeconds > 0) {
    const graceMs = order.since + order.graceSeconds * 1000 - world.host.now();
    await askGuest(machine, graceMs, task);
  }
  await machines.end(task.vm.uid);
  task.update(halted);
}

/** A guest that was not listening yet gets another chance to hear the button. */
const pressEveryMs = 5_000;

async function askGuest(machine: Machine, graceMs: number, task: Task): Promise<void> {
  const end = performance.now() + graceMs;
  let gone = false;
  while (!gone && performance.now() < end) {
    // A hypervisor that does not hear us does not hear the guest out either: it is ended after the grace.
    await machine.pressPowerButton().catch((err) => task.log.warn({ err }, 'could not press the power button'));
    gone = await endsWithin(machine, Math.min(pressEveryMs, end - performance.now()), task.signal);
  }
}

async function endsWithin(machine: Machine, ms: number, signal: AbortSignal): Promise<boolean> {
  const settled = new AbortController();
  try {
    const ended = machine.ended.then(() => true);
    const waited = delay(Math.max(ms, 0), AbortSignal.any([signal, settled.signal])).then(() => false);
    return await Promise.race([ended, waited]);
  } finally {
    settled.abort(new Error('no longer waited for'));
  }
}
