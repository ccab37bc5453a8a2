import { applyVerb, type VerbContext, type WaitRequest } from './verbs.js';
import { waitUntilGone } from './wait.js';

export interface DeleteRequest extends WaitRequest {
  /** Even while it runs. */
  readonly force: boolean;
}

/** Ends a VM and removes everything that is its own. */
export async function deleteVm(context: VerbContext, name: string, request: DeleteRequest): Promise<void> {
  const vm = applyVerb(context, name, { verb: 'delete', force: request.force });
  if (request.wait) await waitUntilGone(context.world.store, vm, request.signal);
}
