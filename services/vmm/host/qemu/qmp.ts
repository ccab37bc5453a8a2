import type { Socket } from 'node:net';
import { hypervisorUnresponsive } from '../../domain/errors.js';
import { connectSocket, within } from './socket.js';

/** QEMU's control protocol: one JSON object a line (docs/interop/qmp-spec of QEMU). One client at a time per socket. */

export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Message extends Partial<QmpEvent> {
  readonly QMP?: object;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** QEMU answers in milliseconds; only one that hangs takes this long. */
const answerMs = 5_000;

export class QmpClient {
  readonly closed: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  readonly #greeted: Promise<unknown>;
  #greet: (value: unknown) => void = () => undefined;
  /** What came before anybody listened. */
  readonly #early: QmpEvent[] = [];
  #onEvent: (event: QmpEvent) => void = (event) => void this.#early.push(event);
  #nextId = 1;
  #rest = '';

  private constructor(
    private readonly socket: Socket,
    private readonly path: string,
  ) {
    this.#greeted = new Promise((resolve) => {
      this.#greet = resolve;
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8');
    socket.on('data', (text) => this.#read(String(text)));
    // What went wrong with the connection is told by its close.
    socket.on('error', () => undefined);
    void this.closed.then(() => this.#failAll());
  }

  /** Connects and says hello. Fails with HYPERVISOR_UNRESPONSIVE when nobody answers in time. */
  static async connect(path: string, timeoutMs = answerMs): Promise<QmpClient> {
    const client = new QmpClient(await connectSocket(path, timeoutMs), path);
    try {
      await client.#within(Promise.race([client.#greeted, client.#lost()]), 'say hello', timeoutMs);
      await client.execute('qmp_capabilities', {}, timeoutMs);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Calls back at every event, those since the connection was made included. */
  onEvent(listener: (event: QmpEvent) => void): void {
    this.#onEvent = listener;
    for (const event of this.#early.splice(0)) listener(event);
  }

  /** Runs a command and returns its answer. Fails with HYPERVISOR_UNRESPONSIVE. */
  async execute(command: string, args: object = {}, timeoutMs = answerMs): Promise<unknown> {
    const id = this.#nextId++;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    if (this.socket.destroyed) this.#failAll();
    else this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await this.#within(answer, command, timeoutMs);
    } finally {
      this.#pending.delete(id);
    }
  }

  close(): void {
    this.socket.destroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const message = parsed(line);
      // What is no JSON is no QMP: better no connection than one that has lost its place.
      if (message === undefined) this.socket.destroy();
      else this.#handle(message);
    }
  }

  #handle({ QMP, event, data, id, error, return: result }: Message): void {
    const pending = this.#pending.get(id ?? 0);
    if (QMP) this.#greet(undefined);
    else if (event !== undefined) this.#onEvent({ event, data });
    else if (error) pending?.reject(this.#problem('run a command', `answered: ${error.desc}`));
    else pending?.resolve(result);
  }

  async #lost(): Promise<never> {
    await this.closed;
    throw this.#problem('be reached', 'closed the connection');
  }

  #failAll(): void {
    for (const pending of this.#pending.values())
      pending.reject(this.#problem('run a command', 'closed the connection'));
  }

  #within<T>(work: Promise<T>, what: string, timeoutMs: number): Promise<T> {
    return within(work, timeoutMs, () => this.#problem(what, `did not answer within ${timeoutMs / 1000} s`));
  }

  #problem(what: string, why: string): Error {
    return hypervisorUnresponsive(`${what} at ${this.path}`, why);
  }
}

function parsed(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}
