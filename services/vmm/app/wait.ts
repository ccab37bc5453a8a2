import { superseded } from '../domain/errors.js';
import { asBangerError } from '../domain/moves.js';
import { type Goal, isMoving, type Vm, type VmState } from '../domain/vm.js';
import type { VmStore } from './ports.js';

/** Goals that leave a VM in a state that can be waited for. */
export type AwaitedGoal = Exclude<Goal, 'deleted'>;

const stateOf = { running: 'RUNNING', paused: 'PAUSED', stopped: 'STOPPED' } as const satisfies Record<
  AwaitedGoal,
  VmState
>;

/**
 * Waits until a VM has reached a goal, and returns it. Fails with the VM's own error when the way there fails, and with
 * SUPERSEDED when another request leads it elsewhere.
 */
export async function waitFor(store: VmStore, { uid, name }: Vm, goal: AwaitedGoal, signal: AbortSignal): Promise<Vm> {
  for await (const vm of versions(store, uid, signal)) {
    if (vm === undefined) throw superseded(name, goal, 'deleted');
    const { state, lastError } = vm.status;
    if (state === stateOf[goal]) return vm;
    if (state === 'FAILED' && lastError) throw asBangerError(lastError, name);
    if (vm.goal === goal && isOnTheWay(vm)) continue;
    // A pause or a resume that failed is taken back; the error says why.
    if (lastError && !isMoving(state)) throw asBangerError(lastError, name);
    throw superseded(name, goal, state);
  }
  throw signal.reason;
}

/** Moving by itself, or settled with a worker about to pause or resume it. */
function isOnTheWay({ goal, status: { state } }: Vm): boolean {
  return isMoving(state) || (state === 'RUNNING' && goal === 'paused') || (state === 'PAUSED' && goal === 'running');
}

/** Waits until a VM is gone. Fails with the VM's own error when it cannot be deleted. */
export async function waitUntilGone(store: VmStore, { uid, name }: Vm, signal: AbortSignal): Promise<void> {
  for await (const vm of versions(store, uid, signal)) {
    if (vm === undefined) return;
    const { state, lastError } = vm.status;
    if (state === 'FAILED' && lastError) throw asBangerError(lastError, name);
    if (state !== 'DELETING') throw superseded(name, 'deleted', state);
  }
  throw signal.reason;
}

/** The VM now, and again whenever it has changed; undefined when it is gone. Ends when the signal aborts. */
async function* versions(store: VmStore, uid: string, signal: AbortSignal): AsyncIterable<Vm | undefined> {
  const left = new AbortController();
  try {
    const changes = store.follow(AbortSignal.any([signal, left.signal]));
    yield store.get(uid);
    for await (const { key } of changes) if (key === uid) yield store.get(uid);
  } finally {
    left.abort();
  }
}
