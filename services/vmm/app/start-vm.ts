import { type FieldViolation, invalidRequest } from '../../../lib/errors.js';
import type { TieEnd, Vm } from '../domain/vm.js';
import { checkTie, type TieContext, tieToCaller } from './ties.js';
import { applyVerb, requireHostFor, requireVm, settle, type WaitRequest } from './verbs.js';

export interface StartRequest extends WaitRequest {
  /** What was wrong already as the request was read. */
  readonly violations?: readonly FieldViolation[];
  /** Ties its life to the caller's; as it was unless given. */
  readonly tie?: TieEnd | undefined;
}

/** Starts a VM; succeeds when it runs already. Fails with HOST_NOT_READY, and leaves it as it is. */
export async function startVm(context: TieContext, name: string, request: StartRequest): Promise<Vm> {
  const { world, ties } = context;
  const { violations = [] } = request;
  if (violations.length > 0) throw invalidRequest(`start vm ${name}`, violations);
  const tie = tieToCaller(world, `start vm ${name}`, request.tie);
  await requireHostFor(context, name, 'start', request.signal);
  if (tie) checkTie(world, requireVm(world, name), tie);
  const vm = applyVerb(context, name, { verb: 'start', ...(tie && { tie }) });
  ties.follow(vm);
  return settle(context, vm, 'running', request);
}
