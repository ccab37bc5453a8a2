import { BangerError, type ErrorKind } from '../../../lib/errors.js';

/** Why vmm refuses or fails. The only place where these are spelled; docs/errors.md lists them. */
export const reasons = {
  VM_NOT_FOUND: 'VM_NOT_FOUND',
  VM_EXISTS: 'VM_EXISTS',
  NAME_TAKEN: 'NAME_TAKEN',
  VM_RUNNING: 'VM_RUNNING',
  VM_DELETING: 'VM_DELETING',
  VM_WRONG_STATE: 'VM_WRONG_STATE',
  VM_HAS_NO_ADDRESS: 'VM_HAS_NO_ADDRESS',
  REQUEST_ID_REUSED: 'REQUEST_ID_REUSED',
  SUPERSEDED: 'SUPERSEDED',
  BOOT_TIMEOUT: 'BOOT_TIMEOUT',
  GUEST_POWERED_OFF: 'GUEST_POWERED_OFF',
  GUEST_PANICKED: 'GUEST_PANICKED',
  HYPERVISOR_FAILED: 'HYPERVISOR_FAILED',
  HYPERVISOR_CRASHED: 'HYPERVISOR_CRASHED',
  HYPERVISOR_GONE: 'HYPERVISOR_GONE',
  HYPERVISOR_UNRESPONSIVE: 'HYPERVISOR_UNRESPONSIVE',
  HYPERVISOR_REFUSED: 'HYPERVISOR_REFUSED',
  HYPERVISOR_TOO_OLD: 'HYPERVISOR_TOO_OLD',
  TAP_BUSY: 'TAP_BUSY',
  TAP_NOT_ALLOWED: 'TAP_NOT_ALLOWED',
  BOOT_FILE_MISSING: 'BOOT_FILE_MISSING',
  SOCKET_IN_THE_WAY: 'SOCKET_IN_THE_WAY',
  KVM_UNAVAILABLE: 'KVM_UNAVAILABLE',
  JAIL_NOT_CLEARED: 'JAIL_NOT_CLEARED',
  DISK_FAILED: 'DISK_FAILED',
  GUEST_COMMAND_FAILED: 'GUEST_COMMAND_FAILED',
  GUEST_UNREACHABLE: 'GUEST_UNREACHABLE',
  COPY_FAILED: 'COPY_FAILED',
  VM_CHANGED: 'VM_CHANGED',
  SCRIPT_FAILED: 'SCRIPT_FAILED',
  VM_NOT_IN_TRASH: 'VM_NOT_IN_TRASH',
  VM_AMBIGUOUS: 'VM_AMBIGUOUS',
  VM_NOT_ENDED: 'VM_NOT_ENDED',
  VM_TIED: 'VM_TIED',
  CALLER_UNSEEN: 'CALLER_UNSEEN',
} as const;

export function vmNotFound(name: string): BangerError {
  const message = `no vm is named ${name}; \`banger vm list\` shows those that exist`;
  return new BangerError('not-found', reasons.VM_NOT_FOUND, message, { metadata: { vm: name } });
}

export function vmExists(name: string, verb: 'create' | 'restore' = 'create'): BangerError {
  const way = verb === 'create' ? 'choose another name' : 'restore it under another name with `--as`';
  const message = `cannot ${verb} vm ${name}: there is one of that name already; ${way}, or delete that one first`;
  return new BangerError('exists', reasons.VM_EXISTS, message, { metadata: { vm: name } });
}

/** `what` completes "cannot …", such as "restore web". */
export function notInTrash(what: string, reference: string): BangerError {
  const message =
    `cannot ${what}: no deleted vm of that name or uid is kept; \`banger vm trash\` shows those that are, ` +
    'and how long a deleted vm is kept is `trash_hours` in section [vmm]';
  return new BangerError('not-found', reasons.VM_NOT_IN_TRASH, message, { metadata: { vm: reference } });
}

/** What cannot be undone is not guessed. */
export function ambiguous(what: string, name: string, uids: readonly string[]): BangerError {
  const message = `cannot ${what}: ${uids.length} deleted vms had that name; give the uid of one: ${uids.join(', ')}`;
  return new BangerError('invalid', reasons.VM_AMBIGUOUS, message, { metadata: { vm: name, uids: uids.join(' ') } });
}

/** Of a VM that was deleted by force while its hypervisor did not end: it may still write to the disks. */
export function vmNotEnded(name: string, problem: string): BangerError {
  const message =
    `cannot restore vm ${name}: its hypervisor did not end as it was deleted, and may still use its disks` +
    `${quoted('the last attempt said', problem)}; try again when \`banger vm trash\` tells of it no more`;
  return new BangerError('wrong-state', reasons.VM_NOT_ENDED, message, { metadata: { vm: name, problem } });
}

/** `what` completes "cannot …"; `by` is the VM that has the name. */
export function nameTaken(what: string, name: string, by: string): BangerError {
  const holder = name === by ? 'a vm of that name' : `vm ${by}, as an alias`;
  const message =
    `cannot ${what}: the name ${name} belongs to ${holder}; choose another, ` +
    `or take it away with \`banger vm set ${by} --alias …\` or by deleting that vm`;
  return new BangerError('exists', reasons.NAME_TAKEN, message, { metadata: { name, vm: by } });
}

export function vmRunning(name: string): BangerError {
  const message = `cannot delete vm ${name}: it is running; stop it first, or delete it with --force`;
  return new BangerError('wrong-state', reasons.VM_RUNNING, message, { metadata: { vm: name } });
}

/** `what` completes "cannot …", such as "start vm web". */
export function vmDeleting(name: string, what: string): BangerError {
  const message = `cannot ${what}: vm ${name} is being deleted; try again when it is gone`;
  return new BangerError('wrong-state', reasons.VM_DELETING, message, { metadata: { vm: name } });
}

/** `what` completes "cannot …", such as "pause vm web". */
export function wrongState(what: string, state: string, need: string): BangerError {
  const message = `cannot ${what}: it is ${state.toLowerCase()}, and ${need}`;
  return new BangerError('wrong-state', reasons.VM_WRONG_STATE, message, { metadata: { state } });
}

export function vmHasNoAddress(name: string, state: string): BangerError {
  const message = `cannot log in to vm ${name}: it is ${state} and has no address yet; start it with \`banger vm start ${name}\``;
  return new BangerError('wrong-state', reasons.VM_HAS_NO_ADDRESS, message, { metadata: { vm: name, state } });
}

export function requestIdReused(requestId: string, why: string): BangerError {
  const message = `cannot create a vm with request id ${requestId}: ${why}; use a new request id`;
  return new BangerError('invalid', reasons.REQUEST_ID_REUSED, message, { metadata: { requestId } });
}

/** The caller waited for one end, and another request led the VM to a different one. */
export function superseded(name: string, awaited: string, state: string): BangerError {
  const message = `vm ${name} will not be ${awaited}: another request or its guest came between, it is ${state} now`;
  return new BangerError('conflict', reasons.SUPERSEDED, message, { metadata: { vm: name, awaited, state } });
}

export function bootTimeout(name: string, seconds: number, consoleTail: string): BangerError {
  const message =
    `cannot start vm ${name}: its guest did not answer on port 22 within ${seconds} s; ` +
    `see \`banger vm logs ${name}\`${quoted('the console ends with', consoleTail)}`;
  return new BangerError('unavailable', reasons.BOOT_TIMEOUT, message, { metadata: { vm: name, consoleTail } });
}

export function guestPoweredOff(name: string, consoleTail: string): BangerError {
  const message =
    `cannot start vm ${name}: its guest powered off before it answered; ` +
    `see \`banger vm logs ${name}\`${quoted('the console ends with', consoleTail)}`;
  return new BangerError('wrong-state', reasons.GUEST_POWERED_OFF, message, { metadata: { vm: name, consoleTail } });
}

export function guestPanicked(name: string, line: string): BangerError {
  const message = `the kernel of vm ${name} panicked: ${line}; see \`banger vm logs ${name}\``;
  return new BangerError('internal', reasons.GUEST_PANICKED, message, { metadata: { vm: name, line } });
}

export function hypervisorFailed(name: string, why: string, cause?: unknown): BangerError {
  const message = `cannot start vm ${name}: the hypervisor ${why}`;
  return new BangerError('internal', reasons.HYPERVISOR_FAILED, message, { metadata: { vm: name }, cause });
}

export function hypervisorCrashed(name: string, detail: string): BangerError {
  const message = `the hypervisor of vm ${name} ended unexpectedly: ${detail}; start the vm again with \`banger vm start ${name}\``;
  return new BangerError('internal', reasons.HYPERVISOR_CRASHED, message, { metadata: { vm: name, detail } });
}

export function hypervisorGone(name: string): BangerError {
  const message = `vm ${name} stopped while vmm was not there to see why; start it again with \`banger vm start ${name}\``;
  return new BangerError('wrong-state', reasons.HYPERVISOR_GONE, message, { metadata: { vm: name } });
}

/** `what` completes "cannot …". */
export function hypervisorUnresponsive(what: string, why: string, cause?: unknown): BangerError {
  const message = `cannot ${what}: its hypervisor ${why}; \`banger vm kill\` ends it`;
  return new BangerError('unavailable', reasons.HYPERVISOR_UNRESPONSIVE, message, { cause });
}

/** A request that a hypervisor refused. */
export interface Refusal {
  readonly kind: ErrorKind;
  readonly reason: keyof typeof reasons;
  /** Completes "cannot …", such as "start vm web". */
  readonly what: string;
  readonly vm: string;
  /** Such as "PUT /vsock". */
  readonly call: string;
  /** The hypervisor's own words. */
  readonly fault: string;
  /** The cause, and what to do about it. */
  readonly why: string;
}

export function hypervisorRefused({ kind, reason, what, vm, call, fault, why }: Refusal): BangerError {
  const message = `cannot ${what}: firecracker refused ${call}: ${why}`;
  return new BangerError(kind, reasons[reason], message, { metadata: { vm, call, fault } });
}

/** `what` completes "cannot …"; `needed` is the oldest version that will do. */
export function hypervisorTooOld(what: string, program: string, version: string, needed: string): BangerError {
  const message =
    `cannot ${what}: ${program} is version ${version}, and ${needed} is the oldest that will do; ` +
    'install a newer one, or use QEMU with `--hypervisor qemu`';
  return new BangerError('wrong-state', reasons.HYPERVISOR_TOO_OLD, message, {
    metadata: { program, version, needed },
  });
}

/** A file that a VM boots from, or a disk of its own, is not where it was. */
export function bootFileMissing(path: string, cause?: unknown): BangerError {
  const message =
    `cannot start the vm: ${path} is gone; make the image or kernel anew with \`banger image build\` or ` +
    '`banger kernel build`; when it is a disk of the vm itself, create the vm anew';
  return new BangerError('wrong-state', reasons.BOOT_FILE_MISSING, message, { metadata: { path }, cause });
}

export function jailNotCleared(root: string, why: string, cause?: unknown): BangerError {
  const message = `cannot clear the jail ${root}: ${why}; unmount it with \`umount\` and start the vm again`;
  return new BangerError('wrong-state', reasons.JAIL_NOT_CLEARED, message, { metadata: { root }, cause });
}

/** `what` completes "cannot …", such as "grow the work disk of vm web". */
export function diskFailed(what: string, why: string, cause?: unknown): BangerError {
  return new BangerError('internal', reasons.DISK_FAILED, `cannot ${what}: ${why}`, { cause });
}

export function guestCommandFailed(host: string, command: string, output: string, cause?: unknown): BangerError {
  const message = `cannot run \`${command}\` in ${host}: ${output.trim() || 'ssh gave no reason'}`;
  return new BangerError('unavailable', reasons.GUEST_COMMAND_FAILED, message, { metadata: { host, command }, cause });
}

/** `why` is what ssh says. */
export function guestUnreachable(host: string, why: string, cause?: unknown): BangerError {
  const message = `cannot run anything in ${host}: ${why}; \`banger vm explain\` tells what is known of it`;
  return new BangerError('unavailable', reasons.GUEST_UNREACHABLE, message, { metadata: { host, why }, cause });
}

/** `what` completes "cannot …", such as "copy to web:/srv/x"; `why` is what the guest's tools say. */
export function copyFailed(what: string, why: string): BangerError {
  return new BangerError('wrong-state', reasons.COPY_FAILED, `cannot ${what}: ${why}`, { metadata: { why } });
}

/** It was started, stopped or changed while its disk was read. */
export function vmChanged(name: string): BangerError {
  const message = `cannot make an image of vm ${name}: it was changed while its disk was copied; try again`;
  return new BangerError('conflict', reasons.VM_CHANGED, message, { metadata: { vm: name } });
}

/** `output` is what the script said last. */
export function scriptFailed(image: string, exitCode: number, output: string): BangerError {
  const message = `cannot build image ${image}: the script ended with exit code ${exitCode}${quoted('it said', output)}`;
  const metadata = { image, exitCode: `${exitCode}`, output };
  return new BangerError('wrong-state', reasons.SCRIPT_FAILED, message, { metadata });
}

function quoted(lead: string, text: string): string {
  return text === '' ? '' : `; ${lead}: ${text}`;
}

export function vmTied(name: string, pid: number): BangerError {
  const message =
    `cannot tie vm ${name} to this process: its life is tied to process ${pid} already, which runs; ` +
    'end that one first, or choose another name';
  return new BangerError('wrong-state', reasons.VM_TIED, message, { metadata: { vm: name, pid: String(pid) } });
}

/** `what` completes "cannot …". */
export function callerUnseen(what: string): BangerError {
  const message =
    `cannot ${what} with its life tied to its caller: vmm does not see that process; call over the Unix socket, from where ` +
    'the process ids of the host are the same (a container needs the host’s pid namespace), or without a tie';
  return new BangerError('unsupported', reasons.CALLER_UNSEEN, message);
}
