import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { delay } from '../clock.js';
import { BangerError, commonReasons } from '../errors.js';
import type { Log } from '../log.js';

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  /** The key that sets the port, for messages. */
  readonly key: string;
  readonly text: () => Promise<string>;
  readonly log: Log;
  /** Pause between attempts to get the port. */
  readonly retryMs?: number;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
const standardRetryMs = 5_000;
/** A scraper, or a few; whoever opens more has another aim. */
const maxConnections = 32;
const requestTimeoutMs = 10_000;

/**
 * Answers scrapes. A port that cannot be had keeps no service from its work: it is told once as an error, and tried again
 * until it is free or `close` is called.
 */
export class MetricsListener {
  readonly #server: Server;
  readonly #closing = new AbortController();
  #error: BangerError | undefined;

  constructor(private readonly options: ListenerOptions) {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.maxConnections = maxConnections;
    this.#server.requestTimeout = requestTimeoutMs;
    this.#server.headersTimeout = requestTimeoutMs;
  }

  /** Why it does not listen; undefined while it does. */
  get error(): BangerError | undefined {
    return this.#error;
  }

  /** The port that it has; differs from the one asked for when that was 0. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Resolves after the first attempt; further ones go on behind. */
  async open(): Promise<void> {
    if (await this.#attempt()) return;
    void this.#keepTrying();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #keepTrying(): Promise<void> {
    const { retryMs = standardRetryMs } = this.options;
    while (!this.#closing.signal.aborted) {
      await delay(retryMs, this.#closing.signal).catch(() => undefined);
      if (this.#closing.signal.aborted || (await this.#attempt())) return;
    }
  }

  async #attempt(): Promise<boolean> {
    const { log, address, port } = this.options;
    try {
      await listen(this.#server, port, address);
      this.#error = undefined;
      log.info({ address, port: this.port }, 'metrics are served');
      return true;
    } catch (error) {
      const known = this.#failure(error as NodeJS.ErrnoException);
      if (this.#error === undefined) log.error({ reason: known.reason }, known.message);
      this.#error = known;
      return false;
    }
  }

  #failure(error: NodeJS.ErrnoException): BangerError {
    const { address, port, key } = this.options;
    const why = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
    const message = `cannot serve metrics at ${address}:${port}: ${why}; end it, or set another ${key} in [metrics]`;
    const options = { metadata: { address, port: String(port) }, cause: error };
    return new BangerError('unavailable', commonReasons.METRICS_PORT_UNUSABLE, message, options);
  }

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    const isRead = method === 'GET' || method === 'HEAD';
    if (!isRead) end(response, 405, 'only GET is answered here\n', { allow: 'GET, HEAD' });
    else if (url?.split('?')[0] !== '/metrics') end(response, 404, 'metrics are at /metrics\n');
    else void this.#scrape(response);
  }

  async #scrape(response: ServerResponse): Promise<void> {
    try {
      end(response, 200, await this.options.text(), { 'content-type': contentType });
    } catch (error) {
      this.options.log.error({ err: error }, 'metrics could not be collected');
      end(response, 500, 'metrics could not be collected; the log has the cause\n');
    }
  }
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      server.off('listening', onListening);
      reject(error);
    };
    const onListening = () => {
      server.off('error', onError);
      resolve();
    };
    server.once('error', onError).once('listening', onListening).listen(port, address);
  });
}

function end(response: ServerResponse, code: number, text: string, headers: Record<string, string> = {}): void {
  const all = { 'content-type': 'text/plain; charset=utf-8', ...headers };
  // Node leaves out the body of an answer to HEAD by itself.
  response.writeHead(code, { ...all, 'content-length': Buffer.byteLength(text) }).end(text);
}
