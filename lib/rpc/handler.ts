import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Metadata, ServerDuplexStream, ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js';
import { inContext, type WorkContext } from '../context.js';
import { BangerError, commonReasons, toBangerError } from '../errors.js';
import type { Trail } from '../events/audit.js';
import type { Log } from '../log.js';
import { callerOf } from './admission.js';
import { type AuditTable, auditing, auditingStream, type DeedOf } from './auditing.js';
import type { CallContext, Handlers, ServiceContract } from './contract.js';
import { type Counted, counting } from './counting.js';
import { requestsOf } from './request-stream.js';
import { toStatus } from './status.js';

type StreamingCall = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;
type Unary = (request: unknown, context: CallContext) => unknown;
/** Takes one request, or an async iterable of them. */
type Streaming = (input: unknown, context: CallContext) => AsyncIterable<unknown>;

export interface HandlerEnvironment {
  readonly service: string;
  readonly log: Log;
  /** Aborts, with the reason for callers, when the service stops. */
  readonly stopping: AbortSignal;
  /** Where verbs are written down; absent in a service that keeps no events. */
  readonly trail?: Trail;
}

/** Adapts our handlers to grpc-js: request ids, cancellation, one log line and one mapping for every failure. */
export function adaptHandlers<S extends ServiceContract>(
  contract: S,
  handlers: Handlers<S>,
  env: HandlerEnvironment,
  audit?: AuditTable<S>,
) {
  const adapted: Record<string, (call: never, done: never) => void> = {};
  for (const [name, method] of Object.entries(contract)) {
    const handler = (handlers as Record<string, unknown>)[name];
    // As the contract spells it: "CreateVm".
    const verb = method.path.slice(method.path.lastIndexOf('/') + 1);
    const deedOf = audit?.[name];
    const called: Called = {
      verb,
      method: shortPath(method.path),
      isStream: method.responseStream,
      ...(typeof deedOf === 'function' && { deedOf: deedOf as DeedOf<unknown> }),
    };
    adapted[name] = method.responseStream
      ? streaming(called, handler as Streaming, env)
      : unary(called, handler as Unary, env);
  }
  return adapted;
}

/** A method that is called: what it is called as a verb, in counts, and in the audit trail. */
interface Called extends Counted {
  readonly verb: string;
  readonly deedOf?: DeedOf<unknown>;
}

/** "/banger.vmm.v1.VmService/CreateVm" without the package. */
function shortPath(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function unary(called: Called, handler: Unary, env: HandlerEnvironment) {
  return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => {
    const ended = counting(called);
    const context = contextOf(call, env);
    return inContext(workContext(called.verb, call, context), async () => {
      try {
        const audit = auditing(env.trail, called.verb, called.deedOf, call.request);
        const response = await audit(async () => handler(call.request, context));
        ended();
        logDone(called, env);
        done(null, response);
      } catch (error) {
        const failed = failure(called.verb, error, context, env);
        ended(failed.code);
        done(failed);
      }
    });
  };
}

function streaming(called: Called, handler: Streaming, env: HandlerEnvironment) {
  return (call: StreamingCall) => {
    const context = contextOf(call, env);
    return inContext(workContext(called.verb, call, context), () => stream(called, handler, call, context, env));
  };
}

async function stream(
  called: Called,
  handler: Streaming,
  call: StreamingCall,
  context: CallContext,
  env: HandlerEnvironment,
): Promise<void> {
  const ended = counting(called);
  const { audit, input } = inputOf(called, call, context, env);
  try {
    await audit(async () => {
      for await (const message of handler(input, context)) {
        context.signal.throwIfAborted();
        if (!call.write(message)) await once(call, 'drain', { signal: context.signal });
      }
      context.signal.throwIfAborted();
    });
    ended();
    logDone(called, env);
    call.end();
  } catch (error) {
    const reason = context.signal.aborted ? context.signal.reason : error;
    const failed = failure(called.verb, reason, context, env);
    ended(failed.code);
    call.emit('error', failed);
  }
}

function inputOf(called: Called, call: StreamingCall, { signal }: CallContext, { trail }: HandlerEnvironment) {
  const { verb, deedOf } = called;
  if ('request' in call) return { audit: auditing(trail, verb, deedOf, call.request), input: call.request as unknown };
  const { audit, requests } = auditingStream(trail, verb, deedOf, requestsOf(call, signal));
  return { audit, input: requests as unknown };
}

/** A verb leaves a line in the log also when it went well: with its request id it is found in every service. */
function logDone({ verb, deedOf }: Called, { log }: HandlerEnvironment): void {
  if (deedOf) log.info({ method: verb }, 'done');
}

function workContext(verb: string, { metadata }: Call, { requestId }: CallContext): WorkContext {
  const caller = callerOf(metadata);
  return { requestId, verb, ...(caller && { caller }) };
}

/** What calls of every shape have. */
interface Call {
  readonly metadata: Metadata;
  once(event: 'cancelled', listener: () => void): unknown;
}

function contextOf(call: Call, env: HandlerEnvironment): CallContext {
  const [given] = call.metadata.get('x-request-id');
  const gone = new AbortController();
  // grpc-js tells of a passed deadline as a cancellation, and of a normal end too: then nobody listens any more.
  call.once('cancelled', () => gone.abort(cancelled()));
  return {
    requestId: typeof given === 'string' && given !== '' ? given.slice(0, 64) : randomUUID(),
    signal: AbortSignal.any([gone.signal, env.stopping]),
  };
}

function cancelled(): BangerError {
  return new BangerError('unavailable', commonReasons.CANCELLED, 'the call was cancelled');
}

/** Our errors go to the caller as they are. Anything else is a bug: the log gets it whole, the caller a request id. */
function failure(method: string, error: unknown, context: CallContext, env: HandlerEnvironment) {
  const { requestId } = context;
  const known = toBangerError(error);
  const fields = { method, reason: known.reason };
  if (error instanceof BangerError) {
    if (known.kind === 'internal') env.log.error({ ...fields, err: error }, known.message);
    else env.log.info(fields, known.message);
    return toStatus(known, env.service);
  }
  env.log.error({ ...fields, err: error }, 'unexpected failure');
  const message = `${env.service} failed unexpectedly; its log has the cause under request id ${requestId}`;
  return toStatus(
    new BangerError('internal', commonReasons.INTERNAL, message, { metadata: { requestId } }),
    env.service,
  );
}
