import type { Vm } from '../domain/vm.js';
import { applyVerb, settle, type VerbContext, type WaitRequest } from './verbs.js';

/** Lets a frozen VM go on; succeeds when it runs already. */
export async function resumeVm(context: VerbContext, name: string, wait: WaitRequest): Promise<Vm> {
  return settle(context, applyVerb(context, name, { verb: 'resume' }), 'running', wait);
}
