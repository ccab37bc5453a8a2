import type { Vm } from './vm.js';

/** What a change of a VM is told as. */
export interface VmHappening {
  readonly action: string;
  readonly object: string;
  readonly uid: string;
  readonly reason?: string;
  readonly message: string;
}

/** What happened from one record of a VM to the next; undefined when it is nothing to tell of. */
export function happeningOf(before: Vm | undefined, after: Vm | undefined): VmHappening | undefined {
  const vm = after ?? before;
  if (vm === undefined) return undefined;
  const about = { object: vm.name, uid: vm.uid };
  if (after === undefined) return { ...about, action: 'deleted', message: 'everything that was its own is removed' };
  if (before === undefined)
    return { ...about, action: 'created', message: `image ${after.spec.image}, goal ${after.goal}` };
  const { state, lastError, restarts } = after.status;
  const error =
    lastError !== undefined && lastError !== before.status.lastError && !isSame(before, after) ? lastError : undefined;
  const why =
    error ?? (restarts !== before.status.restarts && restarts?.reason ? { message: restarts.reason } : undefined);
  if (state === before.status.state && error === undefined) return undefined;
  const reason = error && { reason: error.reason };
  const change = `${before.status.state} → ${state}`;
  if (state === before.status.state) return { ...about, ...reason, action: 'troubled', message: error?.message ?? '' };
  return { ...about, ...reason, action: state.toLowerCase(), message: why ? `${change}: ${why.message}` : change };
}

/** Documents are read anew each time: what was not changed is equal, and not the same. */
function isSame(before: Vm, after: Vm): boolean {
  const [one, other] = [before.status.lastError, after.status.lastError];
  return one?.time === other?.time && one?.reason === other?.reason && one?.message === other?.message;
}
