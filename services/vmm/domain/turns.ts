import type { Restarts, Vm } from './vm.js';
import { withStatus } from './vm.js';

/**
 * VMs that start after a restart of the host do so one after the other: each when the one before has come up, has failed or
 * is on another way by now. The marks are in the record, so that a service that is ended in the middle goes on. Pure.
 */

/** Whether a VM that the host took down with itself, or that did not run, starts after its restart. */
export function startsWithHost({ spec, goal, status }: Vm): boolean {
  if (status.state === 'DELETING') return false;
  return spec.autostart || (spec.restartPolicy === 'always' && wasUp({ goal, status }));
}

/** Whether it ran, or was on its way there, as nobody wanted otherwise. Its creation is another matter. */
export function wasUp({ goal, status }: Pick<Vm, 'goal' | 'status'>): boolean {
  const { state } = status;
  if (state === 'STOPPING') return goal === 'running';
  return state === 'RUNNING' || state === 'PAUSED' || state === 'STARTING';
}

/** The VM as it waits for its turn. Its hypervisor is gone; one that was being created goes on with that first. */
export function queued(vm: Vm, reason: string, now: number): Vm {
  // The host's end tells nothing of the VM's health: there is no pause before this start.
  const restarts: Restarts = { count: (vm.status.restarts?.count ?? 0) + 1, quick: 0, notBefore: now, reason };
  const state = vm.status.state === 'CREATING' ? 'CREATING' : 'STARTING';
  return withStatus(
    { ...vm, goal: 'running' },
    { state, step: 'turn', turn: 'waits', restarts, stateReason: undefined },
  );
}

/** The VM as it starts; as it is when it waits no more. */
export function begun(vm: Vm): Vm {
  return vm.status.turn === 'waits' ? withStatus(vm, { turn: 'has', step: '' }) : vm;
}

/** The first of those that are to start, or have begun to: lower orders first, then by name. */
export function firstInTurn(vms: readonly Vm[]): Vm | undefined {
  return vms.filter(({ status }) => status.turn !== undefined).toSorted(inOrder)[0];
}

function inOrder(one: Vm, other: Vm): number {
  return one.spec.autostartOrder - other.spec.autostartOrder || (one.name < other.name ? -1 : 1);
}
