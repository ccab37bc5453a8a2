import { BangerError, commonReasons, errorKinds } from '../../../lib/errors.js';
import { samePolicy } from '../../../lib/network-policy/policy.js';
import { hypervisorGone } from './errors.js';
import { errorOf, isTriedAgain, nextRestarts, type OwnEnd, restartReason, sequelOf } from './restart.js';
import { specLimits } from './spec.js';
import { queued, startsWithHost, wasUp } from './turns.js';
import { isMoving, type Vm, type VmError, withStatus } from './vm.js';

/** What a worker has to do next for a VM, and what becomes of the VM as things end. Pure. */

export type Move =
  | 'create'
  | 'boot'
  | 'halt'
  | 'remove'
  | 'pause'
  | 'resume'
  | 'apply-nat'
  | 'apply-policy'
  | 'grow-work-disk';

const moveOf = { CREATING: 'create', STARTING: 'boot', STOPPING: 'halt', DELETING: 'remove' } as const;

/** What a move does, as it completes "cannot …" before "vm web". */
const deedOf: Readonly<Record<Move, string>> = {
  create: 'create',
  boot: 'start',
  halt: 'stop',
  remove: 'delete',
  pause: 'pause',
  resume: 'resume',
  'apply-nat': 'change NAT of',
  'apply-policy': 'change the policy of',
  'grow-work-disk': 'grow the work disk of',
};

/** These only tell of a program, here or at a peer, or of what did not come about. */
const bareReasons: readonly string[] = [commonReasons.COMMAND_FAILED, commonReasons.GAVE_UP];

/** Adds what could not be done, and to what, where an error does not tell it. */
export function explained(vm: Vm, move: Move, error: BangerError): BangerError {
  if (!bareReasons.includes(error.reason)) return error;
  const { kind, reason, metadata } = error;
  const message = `cannot ${deedOf[move]} vm ${vm.name}: ${error.message}`;
  return new BangerError(kind, reason, message, { metadata, cause: error });
}

/** Undefined when the VM is as it shall be, or waits for its turn. */
export function nextMove({ spec, status, goal }: Vm): Move | undefined {
  if (status.turn === 'waits') return undefined;
  if (isMoving(status.state)) return moveOf[status.state];
  if (status.state === 'RUNNING' && goal === 'paused') return 'pause';
  if (status.state === 'PAUSED' && goal === 'running') return 'resume';
  if (status.network !== undefined && status.network.nat !== spec.nat) return 'apply-nat';
  if (status.network !== undefined && !samePolicy(status.network.policy, spec.policy)) return 'apply-policy';
  // A guest that stands still cannot grow its file system.
  if (status.state === 'PAUSED') return undefined;
  const grows = status.workDiskMib > 0 && status.workDiskMib < spec.workDiskMib;
  return grows && !status.growAtNextStart ? 'grow-work-disk' : undefined;
}

/** Takes away what is only true while a hypervisor runs. */
const noHypervisor = { process: undefined, launched: undefined, readyTime: undefined, stopOrder: undefined } as const;

export function prepared(vm: Vm): Vm {
  const settled = { step: '', lastError: undefined } as const;
  if (vm.goal === 'running') return withStatus(vm, { ...settled, state: 'STARTING', stateReason: undefined });
  return withStatus(vm, { ...settled, state: 'STOPPED', turn: undefined });
}

export function answered(vm: Vm, now: number): Vm {
  const well = { turn: undefined, lastError: undefined, stateReason: undefined } as const;
  return withStatus(vm, { ...well, state: 'RUNNING', step: '', readyTime: now });
}

/** The hypervisor is gone as it should be; a restart goes on to the start. */
export function halted(vm: Vm): Vm {
  const state = vm.goal === 'running' ? 'STARTING' : 'STOPPED';
  return withStatus(vm, { ...noHypervisor, state, step: '', restarts: undefined });
}

/** Its guest stands still; unless it has ended meanwhile. */
export function paused(vm: Vm): Vm {
  return vm.status.state === 'RUNNING' ? withStatus(vm, { state: 'PAUSED', lastError: undefined }) : vm;
}

/** Its guest goes on; unless it has ended meanwhile. */
export function resumed(vm: Vm): Vm {
  return vm.status.state === 'PAUSED' ? withStatus(vm, { state: 'RUNNING', lastError: undefined }) : vm;
}

/** The hypervisor of a RUNNING or PAUSED VM ended by itself: the restart policy says what comes next. */
export function endedByItself(vm: Vm, end: OwnEnd, now: number, reason = restartReason(end)): Vm {
  const sequel = sequelOf(vm.spec.restartPolicy, end.cause);
  const error = errorOf(vm.name, end);
  const lastError = error && vmError(error, now);
  const gone = { ...noHypervisor, step: '', ...(lastError && { lastError }) };
  if (sequel === 'start') {
    return withStatus(
      { ...vm, goal: 'running' },
      { ...gone, state: 'STARTING', restarts: nextRestarts(vm, reason, now) },
    );
  }
  const state = sequel === 'stop' ? 'STOPPED' : 'FAILED';
  return withStatus({ ...vm, goal: 'stopped' }, { ...gone, state, restarts: undefined, stateReason: reason });
}

/** The hypervisor of a VM whose stop had failed has ended after all: of what became of the VM, nothing else is new. */
export function endedAfterFailure(vm: Vm): Vm {
  return vm.status.state === 'FAILED' && vm.status.process !== undefined ? withStatus(vm, noHypervisor) : vm;
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
  if (move === 'apply-policy') {
    return withStatus({ ...vm, spec: { ...vm.spec, policy: network?.policy ?? vm.spec.policy } }, { lastError });
  }
  if (move === 'grow-work-disk') return withStatus({ ...vm, spec: { ...vm.spec, workDiskMib } }, { lastError });
  if (move === 'pause' || move === 'resume') return takenBack(vm, lastError);
  const left = gone ? noHypervisor : {};
  if (move === 'boot' && isTriedAgain(vm, error.reason)) {
    // It keeps the others waiting no longer, however often it is tried again.
    return withStatus(vm, {
      ...left,
      step: '',
      lastError,
      turn: undefined,
      restarts: nextRestarts(vm, error.message, now),
    });
  }
  const over = { step: '', stopOrder: undefined, restarts: undefined, removal: undefined, turn: undefined } as const;
  const change = { ...over, state: 'FAILED', lastError, stateReason: error.message } as const;
  return withStatus({ ...vm, goal: 'stopped' }, { ...left, ...change });
}

/** A pause or a resume that failed leaves the VM as it is. When it has ended meanwhile, its end says more. */
function takenBack(vm: Vm, lastError: VmError): Vm {
  if (vm.status.state === 'RUNNING') return withStatus({ ...vm, goal: 'running' }, { lastError });
  return vm.status.state === 'PAUSED' ? withStatus({ ...vm, goal: 'paused' }, { lastError }) : vm;
}

/** What was found of a VM's hypervisor after this service was away. */
export interface Found {
  readonly running: boolean;
  /** How the guest said that it ended, when it did. */
  readonly end?: OwnEnd;
  /** When the host was restarted, in milliseconds since 1970, if it was. */
  readonly rebooted?: number;
}

/** What a VM is after this service was away. */
export function recovered(vm: Vm, { running, end, rebooted }: Found, now: number): Vm {
  const { state } = vm.status;
  if (rebooted !== undefined && !running) return afterReboot(vm, rebooted, now);
  if (isMoving(state)) return running ? vm : withStatus(vm, { process: undefined });
  if (state === 'RUNNING' || state === 'PAUSED') return running ? vm : missed(vm, end, now);
  // STOPPED or FAILED: nothing may run. What does is asked to stop, as a user's stop would.
  return running
    ? withStatus(vm, { state: 'STOPPING', stopOrder: { graceSeconds: specLimits.graceSeconds.standard, since: now } })
    : vm;
}

/**
 * The host took it down with itself, which is neither its guest's wish nor a failure. What was being created, stopped or
 * deleted is finished; of the rest only those start that start with the host.
 */
function afterReboot(vm: Vm, rebooted: number, now: number): Vm {
  const reason = `the host was restarted at ${new Date(rebooted).toISOString()}`;
  const ended = withStatus(vm, noHypervisor);
  if (startsWithHost(vm)) return queued(ended, reason, now);
  if (!wasUp(vm)) return isMoving(vm.status.state) ? ended : vm;
  const stopped = { state: 'STOPPED', step: '', restarts: undefined, turn: undefined, stateReason: reason } as const;
  return withStatus({ ...ended, goal: 'stopped' }, stopped);
}

/** Nobody saw it end: what its guest said last tells why, or else only an `always` VM is started again. */
function missed(vm: Vm, end: OwnEnd | undefined, now: number): Vm {
  if (end) return endedByItself(vm, end, now);
  const lastError = vmError(hypervisorGone(vm.name), now);
  const mayStart = vm.spec.restartPolicy === 'always';
  const stopped = mayStart ? endedByItself(vm, { cause: 'powered-off' }, now, lastError.message) : undefined;
  if (stopped) return withStatus(stopped, { lastError });
  const stateReason = 'it ended while vmm was not there to see why';
  return withStatus(
    { ...vm, goal: 'stopped' },
    { ...noHypervisor, state: 'STOPPED', step: '', lastError, stateReason },
  );
}

export function vmError(error: BangerError, now: number): VmError {
  return { kind: error.kind, reason: error.reason, message: error.message, time: now };
}

/** The VM's own error, as the caller of a verb gets it. */
export function asBangerError(error: VmError, vmName: string): BangerError {
  const kind = errorKinds.find((known) => known === error.kind) ?? 'internal';
  return new BangerError(kind, error.reason, error.message, { metadata: { vm: vmName } });
}
