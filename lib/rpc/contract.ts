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

/** What a handler knows of its call. */
export interface CallContext {
  /** The caller's `x-request-id`, or a new one. */
  readonly requestId: string;
  /** Aborts when the caller goes, its deadline passes, or the service stops: for waiting, never for half-done host work. */
  readonly signal: AbortSignal;
}

/** Handlers of a service: a promise for a unary method, an async iterable for a stream of responses. */
export type Handlers<S extends ServiceContract> = {
  readonly [K in keyof S]: S[K] extends { responseStream: true }
    ? (request: RequestOf<S[K]>, context: CallContext) => AsyncIterable<ResponseOf<S[K]>>
    : (request: RequestOf<S[K]>, context: CallContext) => Promise<ResponseOf<S[K]>> | ResponseOf<S[K]>;
};

export interface CallOptions {
  /** Unary calls: 30 s unless given. Streams: none unless given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly requestId?: string;
}

/** A client of a service: the mirror of `Handlers`. Errors are BangerErrors, as the handler threw them. */
export type RpcClient<S extends ServiceContract> = {
  readonly [K in keyof S]: S[K] extends { responseStream: true }
    ? (request: RequestOf<S[K]>, options?: CallOptions) => AsyncIterable<ResponseOf<S[K]>>
    : (request: RequestOf<S[K]>, options?: CallOptions) => Promise<ResponseOf<S[K]>>;
} & { close(): void };
