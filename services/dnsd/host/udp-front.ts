import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Endpoint, Respond, Traffic } from './endpoint.js';

export interface FrontOptions {
  readonly endpoint: Endpoint;
  readonly respond: Respond;
  /** Whether this address may ask here. */
  readonly admits: (address: string) => boolean;
  /** Whether this address may ask once more at this moment. */
  readonly allows: (address: string) => boolean;
  readonly traffic: Traffic;
  /** The front has failed for good and must be opened anew. */
  readonly onFault: (error: Error) => void;
}

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers that the kernel has not taken yet, in bytes. It takes them at once unless it is out of room, and then they are
 * as good as lost: whoever waits asks again.
 */
const maxUnsentBytes = 1024 * 1024;

/** Answers datagrams. Rejects when the port cannot be had. */
export async function openUdpFront(options: FrontOptions): Promise<Front> {
  const { address, port } = options.endpoint;
  // Addresses come as addresses: without this, every send goes through the resolver's queue.
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
  const listening = once(socket, 'listening');
  socket.bind({ address, port, exclusive: true });
  try {
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('error', options.onFault);
  socket.on('message', (message, from) => receive(socket, message, from, options));
  return { port: socket.address().port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

type Sender = Pick<Socket, 'send' | 'getSendQueueSize'>;
type Receiver = Pick<FrontOptions, 'respond' | 'admits' | 'allows' | 'traffic'>;

/** One datagram; exported for tests, for few programs can send from port 0. */
export function receive(socket: Sender, message: Buffer, from: RemoteInfo, options: Receiver): void {
  // Nobody can be answered at port 0, and Node throws when told to try.
  if (from.port === 0 || !options.admits(from.address)) {
    options.traffic.dropped++;
    return;
  }
  if (!options.allows(from.address)) {
    options.traffic.limited++;
    return;
  }
  const reply = options.respond(message, { address: from.address, transport: 'udp' });
  if (reply instanceof Promise) void reply.then((later) => later && send(socket, later, from, options.traffic));
  else if (reply) send(socket, reply, from, options.traffic);
}

function send(socket: Sender, reply: Buffer, to: RemoteInfo, traffic: Traffic): void {
  try {
    if (socket.getSendQueueSize() > maxUnsentBytes) {
      traffic.limited++;
      return;
    }
    // A reply that the kernel refuses is lost, as any datagram may be: the asker asks again.
    socket.send(reply, to.port, to.address, (error) => error && traffic.dropped++);
  } catch {
    // The socket was closed while the reply was on its way.
    traffic.dropped++;
  }
}
