import type { Vm } from '../domain/vm.js';
import { applyVerb, checkGrace, settle, type VerbContext, type WaitRequest } from './verbs.js';

export interface StopRequest extends WaitRequest {
  /** How long the guest may take, in seconds; 0 for the default. */
  readonly graceSeconds: number;
}

/** Asks the guest to power off, and ends the hypervisor when it does not in time. */
export async function stopVm(context: VerbContext, name: string, request: StopRequest): Promise<Vm> {
  const graceSeconds = checkGrace(`stop vm ${name}`, request.graceSeconds);
  return settle(context, applyVerb(context, name, { verb: 'stop', graceSeconds }), 'stopped', request);
}
