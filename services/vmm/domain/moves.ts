import { BangerError, commonReasons, errorKinds } from '../../../lib/errors.js';
import { hypervisorCrashed, hypervisorGone } from './errors.js';
import { specLimits } from './spec.js';
import { isMoving, type Vm, type VmError, type VmStatus, withStatus } from './vm.js';

/** What a worker has to do next for a VM, and what becomes of the VM as things end. Pure. */

export type Move = 'create' | 'boot' | 'halt' | 'remove' | 'apply-nat' | 'grow-work-disk';

const moveOf = { CREATING: 'create', STARTING: 'boot', STOPPING: 'halt', DELETING: 'remove' } as const;

/** What a move does, as it completes "cannot …" before "vm web". */
const deedOf: Readonly<Record<Move, string>> = {
  create: 'create',
  boot: 'start',
  halt: 'stop',
  remove: 'delete',
  'apply-nat': 'change NAT of',
  'grow-work-disk': 'grow the work disk of',
};

/** A program that failed, here or at a peer, only tells of itself: this adds what could not be done, and to what. */
export function explained(vm: Vm, move: Move, error: BangerError): BangerError {
  if (error.reason !== commonReasons.COMMAND_FAILED) return error;
  const { kind, reason, metadata } = error;
  const message = `cannot ${deedOf[move]} vm ${vm.name}: ${error.message}`;
  return new BangerError(kind, reason, message, { metadata, cause: error });
}

/** Undefined when the VM is as it shall be. */
export function nextMove({ spec, status }: Vm): Move | undefined {
  if (isMoving(status.state)) return moveOf[status.state];
  if (status.network !== undefined && status.network.nat !== spec.nat) return 'apply-nat';
  const grows = status.workDiskMib > 0 && status.workDiskMib < spec.workDiskMib;
  return grows && !status.growAtNextStart ? 'grow-work-disk' : undefined;
}

/** Takes away what is only true while a hypervisor runs. */
const noHypervisor = { process: undefined, launched: undefined, readyTime: undefined, stopOrder: undefined } as const;

export function prepared(vm: Vm): Vm {
  return withStatus(vm, { state: vm.goal === 'running' ? 'STARTING' : 'STOPPED', step: '', lastError: undefined });
}

export function answered(vm: Vm, now: number): Vm {
  return withStatus(vm, { state: 'RUNNING', step: '', readyTime: now, lastError: undefined });
}

/** The hypervisor is gone as it should be; a restart goes on to the start. */
export function halted(vm: Vm): Vm {
  const state = vm.goal === 'running' ? 'STARTING' : 'STOPPED';
  return withStatus(vm, { ...noHypervisor, state, step: '' });
}

/** The hypervisor of a RUNNING VM ended by itself. */
export function endedByItself(vm: Vm, crash: string | undefined, now: number): Vm {
  const stopped = { ...vm, goal: 'stopped' } as const;
  if (crash === undefined) return withStatus(stopped, { ...noHypervisor, state: 'STOPPED', step: '' });
  const lastError = vmError(hypervisorCrashed(vm.name, crash), now);
  return withStatus(stopped, { ...noHypervisor, state: 'FAILED', step: '', lastError });
}

/**
 * A move failed. A moving state ends in FAILED; a change that could not be applied to a settled VM is taken back, so that
 * the spec tells what is. `gone` says that no hypervisor is left.
 */
export function afterFailure(vm: Vm, move: Move, error: BangerError, gone: boolean, now: number): Vm {
  const lastError = vmError(error, now);
  const { network, workDiskMib } = vm.status;
  if (move === 'apply-nat') {
    return withStatus({ ...vm, spec: { ...vm.spec, nat: network?.nat ?? vm.spec.nat } }, { lastError });
  }
  if (move === 'grow-work-disk') return withStatus({ ...vm, spec: { ...vm.spec, workDiskMib } }, { lastError });
  const change: Partial<VmStatus> = { state: 'FAILED', step: '', lastError, stopOrder: undefined };
  return withStatus({ ...vm, goal: 'stopped' }, gone ? { ...noHypervisor, ...change } : change);
}

/** What a VM is after this service was away, given whether its hypervisor was found running. */
export function recovered(vm: Vm, running: boolean, now: number): Vm {
  const { state } = vm.status;
  if (isMoving(state)) return running ? vm : withStatus(vm, { process: undefined });
  if (state === 'RUNNING') {
    if (running) return vm;
    const lastError = vmError(hypervisorGone(vm.name), now);
    return withStatus({ ...vm, goal: 'stopped' }, { ...noHypervisor, state: 'STOPPED', step: '', lastError });
  }
  // STOPPED or FAILED: nothing may run. What does is asked to stop, as a user's stop would.
  return running
    ? withStatus(vm, { state: 'STOPPING', stopOrder: { graceSeconds: specLimits.graceSeconds.standard, since: now } })
    : vm;
}

export function vmError(error: BangerError, now: number): VmError {
  return { kind: error.kind, reason: error.reason, message: error.message, time: now };
}

/** The VM's own error, as the caller of a verb gets it. */
export function asBangerError(error: VmError, vmName: string): BangerError {
  const kind = errorKinds.find((known) => known === error.kind) ?? 'internal';
  return new BangerError(kind, error.reason, error.message, { metadata: { vm: vmName } });
}
