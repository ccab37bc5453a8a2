import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { hypervisorUnresponsive } from '../../domain/errors.js';
import { type Answer, type ApiRequest, answerMistake, type Call, endpoints, pathOf, type Query } from './api.js';
import type { Endpoint } from './api-types.js';
import { exchange, type HttpAnswer } from './exchange.js';
import { faultError } from './faults.js';

type Fields = Readonly<Record<string, unknown>>;

export interface RequestOptions {
  /** 10 s unless given. It counts from when the request is sent: they are sent one at a time. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Firecracker answers in milliseconds; to read a kernel from a slow disk, or get memory on a busy host, takes longer. */
const answerMs = 10_000;
const pingMs = 2_000;

/**
 * Firecracker's API: HTTP on a Unix socket, over one connection of the ten that it allows, made at the first request and
 * kept. Its loss tells that the process has ended; another connection needs another client.
 *
 * `what` completes "cannot …", such as "pause vm web". Every method fails with HYPERVISOR_UNRESPONSIVE when there is no
 * answer, or none that makes sense, and then closes the connection.
 */
export class FirecrackerClient {
  /** Resolves when the connection is closed by either side, or could not be made. */
  readonly closed: Promise<void>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #socket: Socket | undefined;
  #isClosed = false;
  #onClosed: () => void = () => undefined;
  #formerRequest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    /** The VM's name, for messages. */
    private readonly vm: string,
  ) {
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** Who answers, and what its guest does. Waits 2 s: only a process that hangs takes longer to say so. */
  ping(signal?: AbortSignal): Promise<Answer<'GET /'>> {
    return this.get('GET /', `reach vm ${this.vm}`, { timeoutMs: pingMs, signal });
  }

  /** What the guest of a VM does. Fails as `ping` does, and when the process of another VM answers. */
  async state(uid: string, signal?: AbortSignal): Promise<Answer<'GET /'>['state']> {
    const { id, state } = await this.ping(signal);
    if (id === uid) return state;
    this.close();
    throw hypervisorUnresponsive(`reach vm ${this.vm}`, `has given its socket to that of ${id}`);
  }

  /** Fields that are null are left out. */
  async get<Q extends Query>(call: Q, what: string, options?: RequestOptions): Promise<Answer<Q>> {
    return (await this.#inTurn(call, {}, what, options)) as Answer<Q>;
  }

  /** Fails with HYPERVISOR_REFUSED, or with the reason that fault-rows.ts has for the refusal. */
  async send({ call, body }: ApiRequest, what: string, options?: RequestOptions): Promise<void> {
    await this.#inTurn(call, body, what, options);
  }

  close(): void {
    this.#isClosed = true;
    this.#agent.destroy();
    this.#onClosed();
  }

  #inTurn(call: Call, body: object, what: string, options: RequestOptions = {}): Promise<unknown> {
    const answer = this.#formerRequest.then(() => this.#request(call, { ...body }, what, options));
    // Who asked is told of a failure; the next request comes all the same.
    this.#formerRequest = answer.catch(() => undefined);
    return answer;
  }

  async #request(call: Call, body: Fields, what: string, options: RequestOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    const path = pathOf(call, body);
    const [method = ''] = call.split(' ');
    try {
      return meaningOf(call, await this.#exchange(method, path, body, options));
    } catch (error) {
      if (error instanceof Refused) {
        throw faultError({ what, vm: this.vm, call: `${method} ${path}`, body, fault: error.message });
      }
      // An answer that comes late after all would be taken for the next one.
      this.close();
      options.signal?.throwIfAborted();
      throw hypervisorUnresponsive(what, (error as Error).message, error);
    }
  }

  async #exchange(method: string, path: string, fields: Fields, options: RequestOptions): Promise<HttpAnswer> {
    if (this.#isClosed) throw new Error('closed the connection');
    const { timeoutMs = answerMs, signal } = options;
    const body = method === 'GET' ? undefined : fields;
    const onSocket = (socket: Socket) => this.#follow(socket);
    return exchange({ agent: this.#agent, socketPath: this.path, method, path, body, timeoutMs, signal, onSocket });
  }

  #follow(socket: Socket): void {
    if (socket === this.#socket) return;
    this.#socket = socket;
    socket.once('close', () => this.close());
  }
}

/** Firecracker has understood a request and does not do it. */
class Refused extends Error {}

/** Success is a 200 with JSON or a 204 without; a refusal is a 400, and a 413 where it is too long. */
function meaningOf(call: Call, { status, text }: HttpAnswer): unknown {
  const { answer }: Endpoint = endpoints[call];
  if (status === 204 && answer === undefined) return undefined;
  if (status === 503) throw new Error('has all the ten connections already that it allows');
  const content = parsed(text);
  const mistake = answerMistake(call, content);
  if (status === 200 && mistake === undefined) return content;
  if (status === 200) throw new Error(`gave an answer that makes no sense: ${mistake}`);
  const { fault_message: fault, error = fault } = Object(content) as { fault_message?: string; error?: string };
  if (status < 400 || status >= 500 || error === undefined) throw new Error(`answered with status ${status}`);
  throw new Refused(error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => value ?? undefined);
  } catch (cause) {
    throw new Error(`answered what is no JSON: ${text.slice(0, 80)}`, { cause });
  }
}
