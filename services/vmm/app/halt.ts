import { delay, unlessAborted } from '../../../lib/clock.js';
import { halted } from '../domain/moves.js';
import { type WayToAsk, wayToAsk } from '../domain/stop-ladder.js';
import type { StopOrder, Vm } from '../domain/vm.js';
import { loginOf } from './login.js';
import type { Machines } from './machines.js';
import type { Machine } from './ports.js';
import type { Task } from './workers.js';
import type { World } from './world.js';

/** STOPPING: the guest is asked to power off, and after its grace the hypervisor is ended. */
export async function haltVm(world: World, machines: Machines, task: Task): Promise<void> {
  const machine = machines.get(task.vm.uid);
  const order = task.vm.status.stopOrder;
  if (machine && order && order.graceSeconds > 0) {
    await askGuest(world, machine, graceLeftMs(order, world.host.now()), task);
  }
  await machines.end(task.vm.uid);
  task.update(halted);
}

/** Never more than the whole grace, whatever the clock does. */
function graceLeftMs({ graceSeconds, since }: StopOrder, now: number): number {
  const graceMs = graceSeconds * 1000;
  return Math.min(since + graceMs - now, graceMs);
}

/** A guest that did not hear one way is asked the next, and then again: it may not have been listening yet. */
async function askGuest(world: World, machine: Machine, graceMs: number, task: Task): Promise<void> {
  const end = performance.now() + graceMs;
  await letGoOn(machine, graceMs, task);
  let gone = false;
  for (let turn = 0; !gone && performance.now() < end; turn++) {
    const rungMs = Math.min(world.patience.askMs, end - performance.now());
    gone = await ask(world, machine, wayToAsk(machine.kind, turn), rungMs, task);
  }
}

/** Asks in one way and waits a while. */
async function ask(world: World, machine: Machine, way: WayToAsk, ms: number, task: Task): Promise<boolean> {
  const settled = new AbortController();
  const signal = AbortSignal.any([task.signal, settled.signal]);
  const asked = way === 'button' ? unlessAborted(machine.pressPowerButton(), signal) : powerOff(world, task.vm, signal);
  const heard = asked.catch((err) => {
    if (!signal.aborted) task.log.warn({ err, way }, 'could not ask the guest to power off');
  });
  try {
    return await endsWithin(machine, ms, task.signal);
  } finally {
    settled.abort(new Error('no longer waited for'));
    await heard;
  }
}

/** A hypervisor that does not hear us does not hear the guest out either: it is ended after the grace. */
async function letGoOn(machine: Machine, graceMs: number, task: Task): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error('its grace is over')), graceMs);
  await unlessAborted(machine.resume(), AbortSignal.any([task.signal, over.signal]))
    .catch((err) => {
      if (!task.signal.aborted) task.log.warn({ err }, 'could not let the guest go on');
    })
    .finally(() => clearTimeout(timer));
}

/** Over ssh, as a user would. The connection goes with the guest, so that a failure means little. */
async function powerOff(world: World, vm: Vm, signal: AbortSignal): Promise<void> {
  const login = loginOf(vm);
  if (login) await world.guests.run(login, ['poweroff'], signal);
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
