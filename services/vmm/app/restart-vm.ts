import type { Vm } from '../domain/vm.js';
import type { StopRequest } from './stop-vm.js';
import { applyVerb, checkGrace, requireHostFor, settle, type VerbContext } from './verbs.js';

/** Stops a VM if it runs, then starts it. Fails with HOST_NOT_READY before it is stopped. */
export async function restartVm(context: VerbContext, name: string, request: StopRequest): Promise<Vm> {
  const graceSeconds = checkGrace(`restart vm ${name}`, request.graceSeconds);
  await requireHostFor(context, name, 'restart', request.signal);
  return settle(context, applyVerb(context, name, { verb: 'restart', graceSeconds }), 'running', request);
}
