import { BangerError } from '../../../lib/errors.js';

/** Why vmm refuses or fails. The only place where these are spelled; docs/errors.md lists them. */
export const reasons = {
  VM_NOT_FOUND: 'VM_NOT_FOUND',
  VM_EXISTS: 'VM_EXISTS',
  VM_RUNNING: 'VM_RUNNING',
  VM_DELETING: 'VM_DELETING',
  VM_HAS_NO_ADDRESS: 'VM_HAS_NO_ADDRESS',
  REQUEST_ID_REUSED: 'REQUEST_ID_REUSED',
  SUPERSEDED: 'SUPERSEDED',
  BOOT_TIMEOUT: 'BOOT_TIMEOUT',
  GUEST_POWERED_OFF: 'GUEST_POWERED_OFF',
  HYPERVISOR_FAILED: 'HYPERVISOR_FAILED',
  HYPERVISOR_CRASHED: 'HYPERVISOR_CRASHED',
  HYPERVISOR_GONE: 'HYPERVISOR_GONE',
  HYPERVISOR_UNRESPONSIVE: 'HYPERVISOR_UNRESPONSIVE',
  DISK_FAILED: 'DISK_FAILED',
  GUEST_COMMAND_FAILED: 'GUEST_COMMAND_FAILED',
} as const;

export function vmNotFound(name: string): BangerError {
  const message = `no vm is named ${name}; \`banger vm list\` shows those that exist`;
  return new BangerError('not-found', reasons.VM_NOT_FOUND, message, { metadata: { vm: name } });
}

export function vmExists(name: string): BangerError {
  const message = `cannot create vm ${name}: there is one already; choose another name or delete that one first`;
  return new BangerError('exists', reasons.VM_EXISTS, message, { metadata: { vm: name } });
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
  const message = `vm ${name} will not be ${awaited}: another request came between, it is ${state} now`;
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

/** `what` completes "cannot …", such as "grow the work disk of vm web". */
export function diskFailed(what: string, why: string, cause?: unknown): BangerError {
  return new BangerError('internal', reasons.DISK_FAILED, `cannot ${what}: ${why}`, { cause });
}

export function guestCommandFailed(host: string, command: string, output: string, cause?: unknown): BangerError {
  const message = `cannot run \`${command}\` in ${host}: ${output.trim() || 'ssh gave no reason'}`;
  return new BangerError('unavailable', reasons.GUEST_COMMAND_FAILED, message, { metadata: { host, command }, cause });
}

function quoted(lead: string, text: string): string {
  return text === '' ? '' : `; ${lead}: ${text}`;
}
