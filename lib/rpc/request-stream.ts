import { on, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { ClientDuplexStream, ServerDuplexStream } from '@grpc/grpc-js';

/** Requests that come as a stream, from both ends: one side is read no faster than the other can take it. */

/** As grpc-js buffers on its side: in objects, not in bytes. */
const room = 16;

/** What a caller sends, until it half-closes. Rejects with the signal's reason when that aborts. */
export async function* requestsOf<Req>(
  call: ServerDuplexStream<Req, unknown>,
  signal: AbortSignal,
): AsyncIterable<Req> {
  try {
    // The stream's own iterator would destroy the stream at an error, and with it the status that tells of it.
    for await (const [request] of on(call, 'data', { signal, close: ['end'], highWaterMark: room })) yield request;
    // To grpc-js a caller who is gone has half-closed first; that he is gone it tells within the same turn.
    await setImmediate();
    signal.throwIfAborted();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Requests on their way into a call. Those that fail end it, for the other side cannot know what it missed. */
export class Sending {
  readonly #over = new AbortController();
  /** Why there are no more requests, when they did not end as they should. */
  failure: unknown;

  constructor(
    private readonly call: ClientDuplexStream<unknown, unknown>,
    requests: AsyncIterable<unknown>,
  ) {
    this.#send(requests, this.#over.signal).catch((error) => {
      if (this.#over.signal.aborted) return;
      this.failure = error;
      call.cancel();
    });
  }

  /** The call is over: nothing more is sent. */
  stop(): void {
    this.#over.abort();
  }

  /** Half-closes after the last one. */
  async #send(requests: AsyncIterable<unknown>, over: AbortSignal): Promise<void> {
    for await (const request of requests) {
      if (over.aborted) return;
      if (!this.call.write(request)) await once(this.call, 'drain', { signal: over });
    }
    this.call.end();
  }
}
