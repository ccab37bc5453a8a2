import { createServer, type Server, type Socket } from 'node:net';
import { HttpError, HttpParser, type HttpRequest, sliceBytes } from './http-parser.js';

export interface Answer {
  readonly status: number;
  /** JSON, or undefined for an answer without a body. */
  readonly body?: unknown;
  readonly deprecated?: boolean;
  /** Called once the answer is on its way. */
  readonly afterwards?: () => void;
}

/** Serves one request. A promise that never settles leaves every later one unanswered. */
export type Serve = (request: HttpRequest) => Promise<Answer>;

const maxConnections = 10;

/** The API socket. Requests are served one at a time, in the order in which they came over all connections. */
export class HttpServer {
  #server: Server;
  #open = new Set<Socket>();
  /** Settles when all that was read so far is served. */
  #served: Promise<void> = Promise.resolve();

  constructor(
    private readonly serve: Serve,
    private readonly limit: number,
  ) {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects when the path cannot be bound, for one because it exists. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  #accept(socket: Socket): void {
    // A client that went away is no business of the others.
    socket.on('error', () => socket.destroy());
    if (this.#open.size >= maxConnections) {
      socket.end(written(503, '{ "error": "Too many open connections" }'));
      return;
    }
    this.#open.add(socket);
    // Its place is free as soon as the client hangs up.
    for (const end of ['end', 'close']) socket.on(end, () => this.#open.delete(socket));
    const parser = new HttpParser(this.limit, () => socket.write('HTTP/1.1 100 \r\n\r\n'));
    socket.on('data', (data: Buffer) => {
      for (let at = 0; at < data.length; at += sliceBytes) {
        const slice = data.subarray(at, at + sliceBytes);
        this.#served = this.#served.then(() => this.#slice(parser, slice, socket));
      }
    });
  }

  async #slice(parser: HttpParser, slice: Buffer, socket: Socket): Promise<void> {
    const requests = requestsIn(parser, slice);
    if (requests instanceof HttpError) {
      const problem = `${requests.message}\nAll previous unanswered requests will be dropped.`;
      socket.write(written(400, `{ "error": "${problem}" }`));
      return;
    }
    for (const request of requests) {
      const answer = await this.serve(request);
      const body = answer.body === undefined ? undefined : JSON.stringify(answer.body);
      socket.write(written(answer.status, body, answer.deprecated), answer.afterwards);
    }
  }
}

function requestsIn(parser: HttpParser, slice: Buffer): HttpRequest[] | HttpError {
  try {
    return parser.read(slice);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
}

/** An answer as it goes out: no reason phrase, and no word on a body that is not there. */
function written(status: number, body: string | undefined, deprecated = false): string {
  const ofBody = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body ?? '')}`];
  const lines = [
    `HTTP/1.1 ${status} `,
    'Server: Firecracker API',
    'Connection: keep-alive',
    ...(deprecated ? ['Deprecation: true'] : []),
    ...(body === undefined ? [] : ofBody),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
