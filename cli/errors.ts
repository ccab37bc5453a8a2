import { BangerError, type ErrorKind, type FieldViolation } from '../lib/errors.js';

/** Exit codes of the CLI; `vm ssh` passes on those of ssh. */
export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  interrupted: 130,
} as const;

/** The exit code of a command that fails with an error of this kind. */
export const exitCodeOfKind: Readonly<Record<ErrorKind, number>> = {
  internal: exitCodes.internal,
  invalid: exitCodes.usage,
  'not-found': 3,
  exists: 4,
  'wrong-state': 5,
  conflict: 6,
  exhausted: 7,
  unavailable: 8,
  unsupported: 9,
};

/** The reasons that the CLI gives itself. */
export const reasons = {
  /** The command line has mistakes. */
  USAGE: 'USAGE',
  /** Ctrl-C. */
  INTERRUPTED: 'INTERRUPTED',
  /** bangerd did not come up, or one of its services did not. */
  DAEMON_NOT_STARTED: 'DAEMON_NOT_STARTED',
  /** bangerd did not end. */
  DAEMON_NOT_STOPPED: 'DAEMON_NOT_STOPPED',
  /** The daemon that runs was not replaced by that of this build. */
  DAEMON_NOT_ROLLED_OVER: 'DAEMON_NOT_ROLLED_OVER',
  /** A database cannot be put back as it was before a newer banger, or only with a loss. */
  BACKUP_NOT_RESTORED: 'BACKUP_NOT_RESTORED',
  /** buildah did not build. */
  DOCKERFILE_FAILED: 'DOCKERFILE_FAILED',
  /** Somebody else's file is where ours would tell the host's resolver of VMs' names. */
  DNS_WIRING_FOREIGN: 'DNS_WIRING_FOREIGN',
  /** The host's resolver did not take what it was told of VMs' names. */
  DNS_NOT_WIRED: 'DNS_NOT_WIRED',
  /** A user's configuration of ssh cannot be read or written. */
  SSH_CONFIG_UNUSABLE: 'SSH_CONFIG_UNUSABLE',
  /** Somebody who may not read the key of the daemon wants ssh to use it. */
  SSH_KEY_UNREADABLE: 'SSH_KEY_UNREADABLE',
  /** The VM is not running, so that nobody can log in. */
  VM_NOT_RUNNING: 'VM_NOT_RUNNING',
  /** There is no terminal to draw on. */
  NO_TERMINAL: 'NO_TERMINAL',
  /** An image lies on another, and only one that stands alone can be packaged. */
  IMAGE_LAYERED: 'IMAGE_LAYERED',
  /** A verification has found an image that is not what it was. */
  IMAGE_DAMAGED: 'IMAGE_DAMAGED',
  /** A file for `banger apply` has mistakes. */
  APPLY_FILE_INVALID: 'APPLY_FILE_INVALID',
  /** A plan has changes that cannot be made, or are not made unasked. */
  APPLY_REFUSED: 'APPLY_REFUSED',
  /** A plan was not carried out: what was done of it has been put back, or is told. */
  APPLY_ROLLED_BACK: 'APPLY_ROLLED_BACK',
} as const;

/**
 * All mistakes of a command line; `help` names the command whose help shows what is right. A mistake in a value names its
 * option; any other is a text.
 */
export function usageError(mistakes: readonly (string | FieldViolation)[], help = 'banger --help'): BangerError {
  const fields = mistakes.map((mistake) =>
    typeof mistake === 'string' ? { field: '', description: mistake } : mistake,
  );
  const texts = fields.map(({ field, description }) => (field === '' ? description : `${field}: ${description}`));
  const message = `${texts.join('; ')}; see \`${help}\``;
  return new BangerError('invalid', reasons.USAGE, message, { metadata: { help }, fields });
}

/** `message` says what goes on without us, and what to do about it. */
export function interrupted(message: string): BangerError {
  return new BangerError('unavailable', reasons.INTERRUPTED, message);
}

export function imageDamaged(image: string, problems: readonly string[]): BangerError {
  const message =
    `image ${image} is damaged: ${problems.join('; ')}; make it again as it was made, or remove it with ` +
    '`banger image delete`, or with `banger image prune` when it cannot be read';
  return new BangerError('wrong-state', reasons.IMAGE_DAMAGED, message, { metadata: { image } });
}

export function isInterrupted(error: unknown): error is BangerError {
  return error instanceof BangerError && error.reason === reasons.INTERRUPTED;
}

export function exitCodeOf(error: unknown): number {
  if (isInterrupted(error)) return exitCodes.interrupted;
  return error instanceof BangerError ? exitCodeOfKind[error.kind] : exitCodes.internal;
}
