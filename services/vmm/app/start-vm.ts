import type { Vm } from '../domain/vm.js';
import { applyVerb, settle, type VerbContext, type WaitRequest } from './verbs.js';

/** Starts a VM; succeeds when it runs already. */
export async function startVm(context: VerbContext, name: string, wait: WaitRequest): Promise<Vm> {
  return settle(context, applyVerb(context, name, { verb: 'start' }), 'running', wait);
}
