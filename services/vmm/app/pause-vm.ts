import type { Vm } from '../domain/vm.js';
import { applyVerb, settle, type VerbContext, type WaitRequest } from './verbs.js';

/** Freezes a VM; succeeds when it is frozen already. */
export async function pauseVm(context: VerbContext, name: string, wait: WaitRequest): Promise<Vm> {
  return settle(context, applyVerb(context, name, { verb: 'pause' }), 'paused', wait);
}
