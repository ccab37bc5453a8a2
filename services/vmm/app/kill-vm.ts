import type { Vm } from '../domain/vm.js';
import { applyVerb, settle, type VerbContext, type WaitRequest } from './verbs.js';

/** Ends the hypervisor at once, as pulling the plug does. */
export async function killVm(context: VerbContext, name: string, wait: WaitRequest): Promise<Vm> {
  return settle(context, applyVerb(context, name, { verb: 'kill' }), 'stopped', wait);
}
