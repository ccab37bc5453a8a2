import type { Vm } from '../domain/vm.js';
import { applyVerb, requireHostFor, settle, type VerbContext, type WaitRequest } from './verbs.js';

/** Starts a VM; succeeds when it runs already. Fails with HOST_NOT_READY, and leaves it as it is. */
export async function startVm(context: VerbContext, name: string, wait: WaitRequest): Promise<Vm> {
  await requireHostFor(context, name, 'start', wait.signal);
  return settle(context, applyVerb(context, name, { verb: 'start' }), 'running', wait);
}
