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
};

const kindOfCode = new Map<status, ErrorKind>([
  ...Object.entries(codeOfKind).map(([kind, code]) => [code, kind as ErrorKind] as const),
  [status.DEADLINE_EXCEEDED, 'unavailable'],
  [status.CANCELLED, 'unavailable'],
]);

/** `service` names who gave the error; it becomes the domain "SERVICE.banger". */
export function toStatus(error: BangerError, service: string): Partial<StatusObject> {
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

/** `peer` completes "cannot reach …" when the call never got there. */
export function fromStatus(error: ServiceError, peer: string): BangerError {
  const [raw] = error.metadata?.get(detailsKey) ?? [];
  const detail = raw instanceof Buffer ? Status.decode(raw) : undefined;
  const kind = kindOfCode.get(error.code) ?? 'internal';
  if (detail === undefined) return withoutDetails(error, kind, peer);
  const info = find(detail, 'ErrorInfo', ErrorInfo);
  return new BangerError(kind, info?.reason ?? commonReasons.INTERNAL, detail.message, {
    metadata: info?.metadata ?? {},
    fields: find(detail, 'BadRequest', BadRequest)?.fieldViolations as FieldViolation[] | undefined,
    preconditions: find(detail, 'PreconditionFailure', PreconditionFailure)?.violations as Precondition[] | undefined,
  });
}

function withoutDetails(error: ServiceError, kind: ErrorKind, peer: string): BangerError {
  if (error.code === status.DEADLINE_EXCEEDED) {
    return new BangerError(kind, commonReasons.DEADLINE_EXCEEDED, `${peer} did not answer in time`);
  }
  if (error.code === status.CANCELLED) return new BangerError(kind, commonReasons.CANCELLED, 'the call was cancelled');
  if (error.code === status.UNAVAILABLE) {
    const message = `cannot reach ${peer}: nothing answers there; start the daemon with \`banger daemon start\``;
    return new BangerError(kind, commonReasons.SERVICE_UNREACHABLE, message, { cause: error });
  }
  return new BangerError(kind, commonReasons.INTERNAL, error.details || error.message, { cause: error });
}

function find<T>(from: Status, type: string, codec: { decode(input: Uint8Array): T }): T | undefined {
  const any = from.details.find((detail) => detail.typeUrl === `${typePrefix}${type}`);
  return any && codec.decode(any.value);
}

function bytes(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
