import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, PreconditionFailure } from '../../gen/google/rpc/error_details.js';
import { Status } from '../../gen/google/rpc/status.js';
import { BangerError, commonReasons, type ErrorKind, type FieldViolation, type Precondition } from '../errors.js';

/**
 * The one place where our errors become gRPC statuses, and back. The details travel as google.rpc.Status in the
 * `grpc-status-details-bin` trailer, where clients of other languages look for them.
 */

const detailsKey = 'grpc-status-details-bin';
const typePrefix = 'type.googleapis.com/google.rpc.';

const codeOfKind: Readonly<Record<ErrorKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  exists: status.ALREADY_EXISTS,
  'wrong-state': status.FAILED_PRECONDITION,
  conflict: status.ABORTED,
  exhausted: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  unsupported: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

/** Reasons for which gRPC has a code of its own. */
const codeOfReason: Readonly<Record<string, status>> = {
  [commonReasons.DEADLINE_EXCEEDED]: status.DEADLINE_EXCEEDED,
  [commonReasons.CANCELLED]: status.CANCELLED,
  [commonReasons.CALLER_DENIED]: status.PERMISSION_DENIED,
};

const kindOfCode = new Map<status, ErrorKind>([
  ...Object.entries(codeOfKind).map(([kind, code]) => [code, kind as ErrorKind] as const),
  [status.DEADLINE_EXCEEDED, 'unavailable'],
  [status.CANCELLED, 'unavailable'],
  [status.PERMISSION_DENIED, 'wrong-state'],
]);

/**
 * An error travels in HTTP/2 trailers. Trailers that are too large are not refused but lost, and the caller waits for
 * its deadline: measured, 150 KB arrive and 460 KB do not. These bounds keep below a tenth of that.
 */
const maxTextLength = 4096;
const maxListLength = 16;

/** `service` names who gave the error; it becomes the domain "SERVICE.banger". */
export function toStatus(whole: BangerError, service: string): StatusObject {
  const error = bounded(whole);
  const code = codeOfReason[error.reason] ?? codeOfKind[error.kind];
  const info: ErrorInfo = { reason: error.reason, domain: `${service}.banger`, metadata: { ...error.metadata } };
  const details = [{ typeUrl: `${typePrefix}ErrorInfo`, value: bytes(ErrorInfo.encode(info).finish()) }];
  if (error.fields.length > 0) {
    const value = BadRequest.encode({ fieldViolations: [...error.fields] }).finish();
    details.push({ typeUrl: `${typePrefix}BadRequest`, value: bytes(value) });
  }
  if (error.preconditions.length > 0) {
    const value = PreconditionFailure.encode({ violations: [...error.preconditions] }).finish();
    details.push({ typeUrl: `${typePrefix}PreconditionFailure`, value: bytes(value) });
  }
  const metadata = new Metadata();
  metadata.set(detailsKey, bytes(Status.encode({ code, message: error.message, details }).finish()));
  return { code, details: error.message, metadata };
}

/** Shortens what is too long, so that the error arrives. */
function bounded(error: BangerError): BangerError {
  const violations = (list: readonly FieldViolation[]) =>
    list
      .slice(0, maxListLength)
      .map(({ field, description }) => ({ field: cut(field), description: cut(description) }));
  const lacking = (list: readonly Precondition[]) =>
    list.slice(0, maxListLength).map(({ type, subject, description }) => ({
      type,
      subject: cut(subject),
      description: cut(description),
    }));
  const metadata = Object.entries(error.metadata).slice(0, maxListLength);
  return new BangerError(error.kind, error.reason, cut(error.message), {
    metadata: Object.fromEntries(metadata.map(([key, value]) => [key, cut(value)])),
    fields: violations(error.fields),
    preconditions: lacking(error.preconditions),
  });
}

function cut(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength - 1)}…`;
}

/**
 * `peer` completes "cannot reach …" when the call never got there. An error that a service gave gets the id of the request,
 * under which all services that worked for it have written to their logs.
 */
export function fromStatus(error: ServiceError, peer: string, requestId?: string): BangerError {
  const detail = decodeDetails(error);
  const kind = kindOfCode.get(error.code) ?? 'internal';
  if (detail === undefined) return withoutDetails(error, kind, peer);
  const info = find(detail, 'ErrorInfo', ErrorInfo);
  return new BangerError(kind, info?.reason ?? commonReasons.INTERNAL, detail.message, {
    metadata: { ...info?.metadata, ...(requestId && { requestId }) },
    fields: find(detail, 'BadRequest', BadRequest)?.fieldViolations as FieldViolation[] | undefined,
    preconditions: find(detail, 'PreconditionFailure', PreconditionFailure)?.violations as Precondition[] | undefined,
  });
}

/** Undefined when there are none, or when they are not what the standard says: then the bare status has to do. */
function decodeDetails(error: ServiceError): Status | undefined {
  const [raw] = error.metadata?.get(detailsKey) ?? [];
  try {
    return raw instanceof Buffer ? Status.decode(raw) : undefined;
  } catch {
    return undefined;
  }
}

function withoutDetails(error: ServiceError, kind: ErrorKind, peer: string): BangerError {
  if (error.code === status.DEADLINE_EXCEEDED) {
    return new BangerError(kind, commonReasons.DEADLINE_EXCEEDED, `${peer} did not answer in time`);
  }
  if (error.code === status.CANCELLED) return new BangerError(kind, commonReasons.CANCELLED, 'the call was cancelled');
  if (error.code === status.UNAVAILABLE) {
    return unreachable(peer, error);
  }
  return new BangerError(kind, commonReasons.INTERNAL, error.details || error.message, { cause: error });
}

/** grpc-js has one code for a refusal, missing rights and a lost connection; its text tells them apart. */
function unreachable(peer: string, error: ServiceError): BangerError {
  const details = error.details ?? '';
  // No wait and no retry brings the right: that is not `unavailable`.
  if (/\b(EACCES|EPERM)\b/.test(details)) {
    const message = `cannot reach ${peer}: permission denied; run as root, or join the group that owns the socket's directory`;
    return new BangerError('wrong-state', commonReasons.SERVICE_DENIED, message, { cause: error });
  }
  const lost = /connection dropped|ECONNRESET|socket hang up/i.test(details);
  const message = lost
    ? `lost the connection to ${peer}; it has stopped or is restarting: try again`
    : `cannot reach ${peer}: nothing answers there; start the daemon with \`banger daemon start\``;
  return new BangerError('unavailable', commonReasons.SERVICE_UNREACHABLE, message, { cause: error });
}

function find<T>(from: Status, type: string, codec: { decode(input: Uint8Array): T }): T | undefined {
  const any = from.details.find((detail) => detail.typeUrl === `${typePrefix}${type}`);
  return any && codec.decode(any.value);
}

function bytes(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
