/**
 * The one error type of banger. Nine kinds say what a caller can do about a failure; the reason, from a service's own
 * catalogue (`services/<name>/domain/errors.ts`, all listed in docs/errors.md), says which failure it is.
 *
 * A message says what could not be done, to what, why, and what to do: "cannot start vm web: image debian does not
 * exist; build it with `banger image build debian`".
 */

export const errorKinds = [
  'invalid', // wrong whatever the state is
  'not-found',
  'exists',
  'wrong-state', // would work in another state of the resource or the host
  'conflict', // another change got in between: read again and redo
  'exhausted', // no address, disk or memory left
  'unavailable', // the other side is down or too slow: the only kind that is worth a retry
  'unsupported', // this host cannot
  'internal', // our bug
] as const;

export type ErrorKind = (typeof errorKinds)[number];

/** A mistake in one field of a request. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** Something the host lacks. */
export interface Precondition {
  readonly type: 'TOOL' | 'FILE' | 'DEVICE' | 'RIGHT' | 'SPACE' | 'NETWORK';
  /** What is missing, such as "mke2fs" or "a KVM that works". */
  readonly subject: string;
  /** What supplies it, such as "apt install e2fsprogs"; after why it is missing, where that is not plain. */
  readonly description: string;
}

export interface ErrorOptions {
  /** Every variable part of the message, by camelCase key, so that nobody needs to parse the text. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly fields?: readonly FieldViolation[];
  readonly preconditions?: readonly Precondition[];
  readonly cause?: unknown;
}

export class BangerError extends Error {
  override readonly name = 'BangerError';
  readonly metadata: Readonly<Record<string, string>>;
  readonly fields: readonly FieldViolation[];
  readonly preconditions: readonly Precondition[];

  constructor(
    readonly kind: ErrorKind,
    /** UPPER_SNAKE_CASE, from a catalogue. */
    readonly reason: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.metadata = options.metadata ?? {};
    this.fields = options.fields ?? [];
    this.preconditions = options.preconditions ?? [];
  }
}

/** Reasons that any part of banger may give; each service has its own catalogue beside this one. */
export const commonReasons = {
  /** Field mistakes in a request; `fields` lists all of them. */
  INVALID_REQUEST: 'INVALID_REQUEST',
  /** A configuration file or environment variable is wrong. */
  INVALID_CONFIG: 'INVALID_CONFIG',
  /** The host lacks tools, files, devices or rights; `preconditions` lists all of them. */
  HOST_NOT_READY: 'HOST_NOT_READY',
  /** A program that banger ran failed. */
  COMMAND_FAILED: 'COMMAND_FAILED',
  /** Nothing answers at a service's socket. */
  SERVICE_UNREACHABLE: 'SERVICE_UNREACHABLE',
  /** A service's socket is there, and we have no right to it. */
  SERVICE_DENIED: 'SERVICE_DENIED',
  /** The caller is not one that may call this method. */
  CALLER_DENIED: 'CALLER_DENIED',
  /** The kernel does not tell who connects, so that nobody can be let in. */
  PEERS_UNKNOWN: 'PEERS_UNKNOWN',
  /** The service is stopping. */
  SHUTTING_DOWN: 'SHUTTING_DOWN',
  /** No answer within the deadline. */
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  /** Something on this host did not come about in time. */
  GAVE_UP: 'GAVE_UP',
  /** The caller ended the call. */
  CANCELLED: 'CANCELLED',
  /** Another process serves this socket. */
  SOCKET_IN_USE: 'SOCKET_IN_USE',
  /** A socket path is longer than the kernel takes. */
  SOCKET_PATH_TOO_LONG: 'SOCKET_PATH_TOO_LONG',
  /** Metrics cannot be served at the port that the configuration names. */
  METRICS_PORT_UNUSABLE: 'METRICS_PORT_UNUSABLE',
  /** Other hosts cannot be served at the port that the configuration names. */
  REMOTE_PORT_UNUSABLE: 'REMOTE_PORT_UNUSABLE',
  /** The database cannot be opened or is damaged. */
  DATABASE_UNUSABLE: 'DATABASE_UNUSABLE',
  /** The disk is full, or the file system is read-only. */
  STORAGE_UNWRITABLE: 'STORAGE_UNWRITABLE',
  /** An archive holds what is never unpacked, or more than it may. */
  ARCHIVE_REFUSED: 'ARCHIVE_REFUSED',
  /** An archive cannot be read. */
  ARCHIVE_DAMAGED: 'ARCHIVE_DAMAGED',
  /** A file changed while it was read. */
  FILE_CHANGED: 'FILE_CHANGED',
  /** A bug in banger. */
  INTERNAL: 'INTERNAL',
} as const;

/** All field mistakes of a request in one error. `what` completes "cannot …", such as "create vm web". */
export function invalidRequest(what: string, fields: readonly FieldViolation[]): BangerError {
  const text = fields.map((f) => `${f.field}: ${f.description}`).join('; ');
  return new BangerError('invalid', commonReasons.INVALID_REQUEST, `cannot ${what}: ${text}`, { fields });
}

/** All that the host lacks in one error. */
export function hostNotReady(what: string, preconditions: readonly Precondition[]): BangerError {
  const text = preconditions.map((p) => `${p.subject} is missing (${p.description})`).join('; ');
  return new BangerError('wrong-state', commonReasons.HOST_NOT_READY, `cannot ${what}: ${text}`, { preconditions });
}

export function isBangerError(value: unknown, reason?: string): value is BangerError {
  return value instanceof BangerError && (reason === undefined || value.reason === reason);
}

/** Keeps our errors as they are; wraps anything else as INTERNAL with its cause, for logs only. */
export function toBangerError(value: unknown): BangerError {
  if (value instanceof BangerError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new BangerError('internal', commonReasons.INTERNAL, message, { cause: value });
}
