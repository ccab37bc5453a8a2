import { audited, type Deed, type PendingVerb, type Trail } from '../events/audit.js';
import type { RequestOf, ServiceContract } from './contract.js';

/** Tells what a call is done to; undefined when, asked for like that, it changes nothing. */
export type DeedOf<Req> = (request: Req) => Deed | undefined;

/**
 * What the audit trail has of each method: `read` for one that changes nothing, `feed` for what services tell each other
 * without end. A method that is new does not compile until it is said here which it is.
 */
export type AuditTable<S extends ServiceContract> = {
  readonly [K in keyof S]: 'read' | 'feed' | DeedOf<RequestOf<S[K]>>;
};

/** Does a call's work, and leaves in the trail what became of it. */
export type Auditing = <T>(work: () => Promise<T>) => Promise<T>;

const unaudited: Auditing = (work) => work();

/** For a call with one request. */
export function auditing(
  trail: Trail | undefined,
  name: string,
  deedOf: DeedOf<unknown> | undefined,
  request: unknown,
): Auditing {
  if (trail === undefined || deedOf === undefined) return unaudited;
  const verb: PendingVerb = { name, deed: deedOf(request), isRecorded: false };
  return (work) => audited(trail, verb, work);
}

/** For a call with a stream of requests: the first of them says what it is done to. */
export function auditingStream(
  trail: Trail | undefined,
  name: string,
  deedOf: DeedOf<unknown> | undefined,
  requests: AsyncIterable<unknown>,
): { readonly audit: Auditing; readonly requests: AsyncIterable<unknown> } {
  if (trail === undefined || deedOf === undefined) return { audit: unaudited, requests };
  const verb: PendingVerb = { name, deed: undefined, isRecorded: false };
  const onFirst = (request: unknown) => {
    verb.deed = deedOf(request);
  };
  return { audit: (work) => audited(trail, verb, work), requests: overheard(requests, onFirst) };
}

async function* overheard(
  requests: AsyncIterable<unknown>,
  onFirst: (request: unknown) => void,
): AsyncIterable<unknown> {
  let isFirst = true;
  for await (const request of requests) {
    if (isFirst) onFirst(request);
    isFirst = false;
    yield request;
  }
}
