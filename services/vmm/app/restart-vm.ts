import type { Vm } from '../domain/vm.js';
import type { StopRequest } from './stop-vm.js';
import { applyVerb, checkGrace, settle, type VerbContext } from './verbs.js';

/** Stops a VM if it runs, then starts it. */
export async function restartVm(context: VerbContext, name: string, request: StopRequest): Promise<Vm> {
  const graceSeconds = checkGrace(`restart vm ${name}`, request.graceSeconds);
  return settle(context, applyVerb(context, name, { verb: 'restart', graceSeconds }), 'running', request);
}
