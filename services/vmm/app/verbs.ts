import { currentContext } from '../../../lib/context.js';
import { invalidRequest } from '../../../lib/errors.js';
import { admit, type VerbRequest } from '../domain/admission.js';
import { vmNotFound } from '../domain/errors.js';
import { graceViolation } from '../domain/spec.js';
import type { Vm } from '../domain/vm.js';
import { needsOfStart, requireHost } from './check-host.js';
import type { TrashKeeper } from './trash-keeper.js';
import { type AwaitedGoal, waitFor } from './wait.js';
import type { Workers } from './workers.js';
import type { World } from './world.js';

/** What every verb's use case works with. */
export interface VerbContext {
  readonly world: World;
  readonly workers: Workers;
}

/** What the use cases of the trash work with. */
export interface TrashContext extends VerbContext {
  readonly keeper: TrashKeeper;
}

/** How a caller wants to wait for the end of a verb. */
export interface WaitRequest {
  readonly wait: boolean;
  /** Aborts when the caller goes or its deadline passes; the verb goes on all the same. */
  readonly signal: AbortSignal;
}

export function requireVm(world: Pick<World, 'store'>, name: string): Vm {
  const vm = world.store.findByName(name);
  if (vm === undefined) throw vmNotFound(name);
  return vm;
}

/** Writes down what a verb makes of a VM and lets its worker know. Durable when it returns. */
export function applyVerb({ world, workers }: VerbContext, name: string, request: Omit<VerbRequest, 'now'>): Vm {
  const vm = requireVm(world, name);
  const admission = admit(vm, { ...request, now: world.host.now() });
  if (admission.kind === 'deny') throw admission.error;
  const tie = request.tie && { tie: request.tie };
  if (admission.kind === 'already-done')
    return tie ? (world.store.change(vm.uid, (now) => ({ ...now, ...tie })) ?? vm) : vm;
  const changed = world.store.change(vm.uid, () => ({ ...asRequested(admission.vm), ...tie })) ?? vm;
  if (admission.interrupts) workers.interrupt(vm.uid);
  else workers.wake(vm.uid);
  return changed;
}

/** Marks a VM with the request that has changed what it shall be. */
export function asRequested(vm: Vm): Vm {
  const requestId = currentContext()?.requestId;
  return requestId === undefined ? vm : { ...vm, requestId };
}

/** Before a verb that leads to a start: whether the host has what that takes. A verb that changes nothing needs nothing. */
export async function requireHostFor(
  { world }: VerbContext,
  name: string,
  verb: 'start' | 'restart',
  signal: AbortSignal,
): Promise<void> {
  const vm = requireVm(world, name);
  const admission = admit(vm, { verb, now: world.host.now() });
  if (admission.kind === 'accept') await requireHost(world, `${verb} vm ${name}`, needsOfStart(vm), signal);
}

/** The VM as the verb left it, or with `wait` as it is when the goal is reached. */
export async function settle(context: VerbContext, vm: Vm, goal: AwaitedGoal, wait: WaitRequest): Promise<Vm> {
  return wait.wait ? waitFor(context.world.store, vm, goal, wait.signal) : vm;
}

/** 0 stands for the default. `what` completes "cannot …". */
export function checkGrace(what: string, graceSeconds: number): number | undefined {
  const violation = graceViolation(graceSeconds);
  if (violation) throw invalidRequest(what, [violation]);
  return graceSeconds === 0 ? undefined : graceSeconds;
}
