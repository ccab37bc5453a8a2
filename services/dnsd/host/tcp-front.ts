import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { maxQueryBytes } from './codec.js';
import type { Respond, Traffic } from './endpoint.js';
import { FrameReader, frame } from './framing.js';
import type { Front, FrontOptions } from './udp-front.js';

export interface TcpLimits {
  /**
   * A connection is closed this long after its last whole query was answered: RFC 7766 section 6.2.3 asks for "a few
   * seconds". Octets that trickle in, or answers that trickle out, do not prolong it.
   */
  readonly idleMs: number;
  /** At the cap the connection that has been quiet longest makes room. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
}

export const standardLimits: TcpLimits = { idleMs: 10_000, connections: 128, connectionsPerAddress: 32 };

/** Queries of one connection that wait for an answer at a time; reading stops there. */
const maxPending = 32;
/** Octets of answers that the other side has not taken; reading stops there. */
const maxUnsentBytes = 64 * 1024;

/** Answers queries over TCP, any number per connection (RFC 7766). Rejects when the port cannot be had. */
export async function openTcpFront(options: FrontOptions, limits: TcpLimits = standardLimits): Promise<Front> {
  const connections = new Connections(limits);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || !options.admits(address)) {
      options.traffic.dropped++;
      socket.destroy();
      return;
    }
    if (connections.add(new Connection(socket, address, options, limits, connections))) options.traffic.limited++;
  });
  const listening = once(server, 'listening');
  server.listen({ host: options.endpoint.address, port: options.endpoint.port, exclusive: true });
  await listening;
  server.on('error', options.onFault);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.endAll();
      }),
  };
}

/** The open connections, the one that has been quiet longest first. */
class Connections {
  readonly #open = new Set<Connection>();

  constructor(private readonly limits: TcpLimits) {}

  /** Returns whether another had to make room. */
  add(connection: Connection): boolean {
    const same = [...this.#open].filter((other) => other.address === connection.address);
    const [oldest] = same.length >= this.limits.connectionsPerAddress ? same : this.#open;
    const isFull = same.length >= this.limits.connectionsPerAddress || this.#open.size >= this.limits.connections;
    if (isFull) oldest?.destroy();
    this.#open.add(connection);
    return isFull;
  }

  /** It has just asked something. */
  touch(connection: Connection): void {
    if (this.#open.delete(connection)) this.#open.add(connection);
  }

  remove(connection: Connection): void {
    this.#open.delete(connection);
  }

  endAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}

class Connection {
  readonly #reader = new FrameReader();
  readonly #respond: Respond;
  readonly #traffic: Traffic;
  readonly #allows: FrontOptions['allows'];
  readonly #deadline: NodeJS.Timeout;
  #pending = 0;
  #ended = false;

  constructor(
    private readonly socket: Socket,
    readonly address: string,
    options: FrontOptions,
    limits: TcpLimits,
    private readonly connections: Connections,
  ) {
    this.#respond = options.respond;
    this.#traffic = options.traffic;
    this.#allows = options.allows;
    this.#deadline = setTimeout(() => this.destroy(), limits.idleMs);
    // What broke the connection is the other side's matter; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      connections.remove(this);
    });
    socket.on('drain', () => {
      this.#deadline.refresh();
      this.#advance();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#advance();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#advance();
    });
  }

  destroy(): void {
    this.connections.remove(this);
    this.socket.destroy();
  }

  /** Answers what has arrived, as far as the limits allow; then reads on, waits, or ends. */
  #advance(): void {
    while (!this.#isBusy() && !this.socket.destroyed) {
      const length = this.#reader.nextLength();
      if (length !== undefined && length > maxQueryBytes) this.#refuse('dropped');
      const message = this.socket.destroyed ? undefined : this.#reader.next();
      if (message === undefined) break;
      this.#answer(message);
    }
    if (this.#isBusy()) this.socket.pause();
    else if (this.#ended && this.#pending === 0) this.socket.end();
    else this.socket.resume();
  }

  #isBusy(): boolean {
    return this.#pending >= maxPending || this.socket.writableLength > maxUnsentBytes;
  }

  #answer(message: Buffer): void {
    if (!this.#allows(this.address)) {
      this.#refuse('limited');
      return;
    }
    this.#deadline.refresh();
    this.connections.touch(this);
    const reply = this.#respond(message, { address: this.address, transport: 'tcp' });
    if (reply instanceof Promise) void this.#sendLater(reply);
    else this.#send(reply);
  }

  async #sendLater(reply: Promise<Buffer | undefined>): Promise<void> {
    this.#pending++;
    const message = await reply;
    this.#pending--;
    this.#send(message);
    this.#advance();
  }

  /** A message without an answer is no query: whatever the other side is, it is no client of ours. */
  #send(reply: Buffer | undefined): void {
    if (this.socket.destroyed) return;
    if (reply === undefined) this.destroy();
    else this.socket.write(frame(reply));
  }

  #refuse(count: 'dropped' | 'limited'): void {
    this.#traffic[count]++;
    this.destroy();
  }
}
