/** The shape of a generated service definition, and the handlers and clients that follow from it. */

interface Method<Req, Res> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: Req) => Buffer;
  readonly requestDeserialize: (value: Buffer) => Req;
  readonly responseSerialize: (value: Res) => Buffer;
  readonly responseDeserialize: (value: Buffer) => Res;
}

// biome-ignore lint/suspicious/noExplicitAny: the constraint of a generic must accept every message type.
export type ServiceContract = Readonly<Record<string, Method<any, any>>>;

export type RequestOf<M> = M extends { requestDeserialize: (value: Buffer) => infer Req } ? Req : never;
export type ResponseOf<M> = M extends { responseDeserialize: (value: Buffer) => infer Res } ? Res : never;

/** A stream of requests is only for methods whose responses are a stream too. */
type InputOf<M> = M extends { requestStream: true } ? AsyncIterable<RequestOf<M>> : RequestOf<M>;

/** What a handler knows of its call. */
export interface CallContext {
  /** The caller's `x-request-id`, or a new one. */
  readonly requestId: string;
  /** Aborts when the caller goes, its deadline passes, or the service stops: for waiting, never for half-done host work. */
  readonly signal: AbortSignal;
}

/**
 * Handlers of a service: a promise for a unary method, an async iterable for a stream of responses. A stream of requests
 * is an async iterable too; it ends when the caller half-closes, and rejects with the reason of the context's signal.
 */
export type Handlers<S extends ServiceContract> = {
  readonly [K in keyof S]: S[K] extends { responseStream: true }
    ? (request: InputOf<S[K]>, context: CallContext) => AsyncIterable<ResponseOf<S[K]>>
    : (request: InputOf<S[K]>, context: CallContext) => Promise<ResponseOf<S[K]>> | ResponseOf<S[K]>;
};

export interface CallOptions {
  /** Unary calls: 30 s unless given. Streams: none unless given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** That of the request that the caller works for, unless given. */
  readonly requestId?: string;
}

/**
 * A client of a service: the mirror of `Handlers`. Errors are BangerErrors, as the handler threw them. A call with a
 * stream of responses begins when the first is asked for. Requests of a stream that fail end its call, and the responses
 * fail with the same error; whoever waits for something before the next request stops waiting when the responses end.
 */
export type RpcClient<S extends ServiceContract> = {
  readonly [K in keyof S]: S[K] extends { responseStream: true }
    ? (request: InputOf<S[K]>, options?: CallOptions) => AsyncIterable<ResponseOf<S[K]>>
    : (request: InputOf<S[K]>, options?: CallOptions) => Promise<ResponseOf<S[K]>>;
} & { close(): void };
