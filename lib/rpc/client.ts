import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { currentContext } from '../context.js';
import { commonReasons, isBangerError } from '../errors.js';
import { checkSocketPath } from '../host/socket-path.js';
import type { CallOptions, RpcClient, ServiceContract } from './contract.js';
import { Sending } from './request-stream.js';
import { fromStatus } from './status.js';

const defaultDeadlineMs = 30_000;

export interface ClientOptions {
  /** Wait, within the deadline, for a service that is just restarting, instead of failing at once. */
  readonly waitForReady?: boolean;
}

type MethodOf = ServiceContract[string];
type StreamingCall = ClientReadableStream<unknown> | ClientDuplexStream<unknown, unknown>;

/** A typed client of one service on a Unix socket. `service` is its short name, for messages. */
export function createClient<S extends ServiceContract>(
  contract: S,
  service: string,
  socketPath: string,
  options: ClientOptions = {},
): RpcClient<S> {
  checkSocketPath(socketPath);
  const channel = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    // A local service is back in a moment or not at all: look often.
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.min_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  const caller = new Caller(channel, `${service} at ${socketPath}`, options);
  const methods = Object.entries(contract).map(([name, method]) => [name, caller.callOf(method)] as const);
  return { ...Object.fromEntries(methods), close: () => channel.close() } as unknown as RpcClient<S>;
}

class Caller {
  constructor(
    private readonly channel: Client,
    private readonly peer: string,
    private readonly options: ClientOptions,
  ) {}

  /** How a method is called, by its shape. */
  callOf(method: MethodOf) {
    if (!method.responseStream) return this.unary.bind(this, method);
    return method.requestStream ? this.duplex.bind(this, method) : this.stream.bind(this, method);
  }

  unary(method: MethodOf, request: unknown, options: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      const deadline = Date.now() + (options.deadlineMs ?? defaultDeadlineMs);
      const { path, requestSerialize, responseDeserialize } = method;
      const metadata = this.#metadata(options);
      const done = (error: ServiceError | null, response?: unknown) => {
        options.signal?.removeEventListener('abort', cancel);
        if (error) reject(this.#failure(error, options));
        else resolve(response);
      };
      const args = [path, requestSerialize, responseDeserialize, request, metadata, { deadline }] as const;
      const call = this.channel.makeUnaryRequest(...args, done);
      const cancel = () => call.cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  async *stream(method: MethodOf, request: unknown, options: CallOptions = {}): AsyncIterable<unknown> {
    options.signal?.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = method;
    const codecs = [path, requestSerialize, responseDeserialize] as const;
    const call = this.channel.makeServerStreamRequest(...codecs, request, this.#metadata(options), timed(options));
    yield* this.#responses(call, options);
  }

  async *duplex(method: MethodOf, requests: unknown, options: CallOptions = {}): AsyncIterable<unknown> {
    options.signal?.throwIfAborted();
    const { path, requestSerialize, responseDeserialize } = method;
    const codecs = [path, requestSerialize, responseDeserialize] as const;
    const call = this.channel.makeBidiStreamRequest(...codecs, this.#metadata(options), timed(options));
    const sending = new Sending(call, requests as AsyncIterable<unknown>);
    try {
      yield* this.#responses(call, options);
    } catch (error) {
      throw sending.failure ?? error;
    } finally {
      sending.stop();
    }
  }

  async *#responses(call: StreamingCall, options: CallOptions): AsyncIterable<unknown> {
    const cancel = () => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      yield* call;
    } catch (error) {
      throw this.#failure(error as ServiceError, options);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      // Leaving a `for await` does not end the call by itself: grpc-node issue 1238.
      call.cancel();
    }
  }

  #metadata(options: CallOptions): Metadata {
    const metadata = new Metadata({ waitForReady: this.options.waitForReady ?? false });
    const requestId = requestIdOf(options);
    if (requestId) metadata.set('x-request-id', requestId);
    return metadata;
  }

  /** A cancellation that the caller asked for keeps the caller's own reason. */
  #failure(error: ServiceError, options: CallOptions): unknown {
    const failure = fromStatus(error, this.peer, requestIdOf(options));
    return options.signal?.aborted && isBangerError(failure, commonReasons.CANCELLED) ? options.signal.reason : failure;
  }
}

function requestIdOf(options: CallOptions): string | undefined {
  return options.requestId ?? currentContext()?.requestId;
}

/** A stream has no deadline unless it is given one. */
function timed({ deadlineMs }: CallOptions) {
  return { deadline: deadlineMs === undefined ? undefined : Date.now() + deadlineMs };
}
