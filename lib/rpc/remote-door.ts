import { once } from 'node:events';
import { createServer, type TLSSocket } from 'node:tls';
import type { Server } from '@grpc/grpc-js';
import { BangerError, commonReasons } from '../errors.js';
import type { Log } from '../log.js';
import type { RemoteListening } from '../remote/listening.js';
import { namesIn, remotePeer, remoteRefusalOf } from '../remote/peer.js';
import { admit, type Door, type Visitor } from './admission.js';

/**
 * The door for other hosts: TLS, and a certificate from everybody who comes in, signed by the authority that the
 * configuration names. What it says is who calls; nothing that a caller sends is looked at before.
 */

export interface RemoteDoorOptions {
  /** The short name of the service, such as "vmm". */
  readonly service: string;
  readonly listening: RemoteListening;
  readonly log: Log;
}

/** Programs of a few users; whoever opens more has another aim. */
const maxConnections = 256;
const handshakeTimeoutMs = 10_000;
/** The longest that a timer of Node's waits, 24 days: no connection gets older. */
const longestMs = 2 ** 31 - 1;

/** Fails with REMOTE_PORT_UNUSABLE. */
export async function openRemoteDoor(server: Server, options: RemoteDoorOptions): Promise<Door> {
  const { listening, log, service } = options;
  const { certificate: cert, key, authority: ca, address, port } = listening;
  const trust = { cert, key, ca, requestCert: true, rejectUnauthorized: true };
  const protocol = { minVersion: 'TLSv1.3', ALPNProtocols: ['h2'], handshakeTimeout: handshakeTimeoutMs } as const;
  const listener = createServer({ ...trust, ...protocol });
  listener.maxConnections = maxConnections;
  const inside = new Set<TLSSocket>();
  listener.on('secureConnection', (socket) => {
    inside.add(socket);
    socket.once('close', () => inside.delete(socket));
    letIn(socket, server, options);
  });
  listener.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    log.info({ address: socket.remoteAddress, code: error.code }, `a connection is refused: ${error.message}`);
  });
  listener.listen(port, address);
  await once(listener, 'listening').catch((error) => {
    throw portUnusable(service, listening, error);
  });
  listener.on('error', (err) => log.error({ err }, 'a connection cannot be accepted'));
  log.info({ address, port }, 'listening to other hosts');
  if (listening.endsAt < Date.now())
    log.warn('our certificate has ended: callers will refuse it; renew it and restart');
  const cut = () => {
    for (const socket of inside) socket.destroy();
  };
  return { close: () => listener.close(), cut };
}

function letIn(socket: TLSSocket, server: Server, { service, listening, log }: RemoteDoorOptions): void {
  // One that breaks is told by its calls.
  socket.on('error', () => socket.destroy());
  const certificate = socket.getPeerCertificate();
  // A session that is resumed is not held against the time again, and a connection may outlive what let it in.
  const left = Date.parse(certificate.valid_to) - Date.now();
  if (!socket.authorized || socket.alpnProtocol !== 'h2' || !(left > 0)) {
    socket.destroy();
    return;
  }
  const ending = setTimeout(() => socket.destroy(), Math.min(left, longestMs)).unref();
  socket.once('close', () => clearTimeout(ending));
  const peer = remotePeer(namesIn(certificate), listening);
  const address = socket.remoteAddress ?? '';
  const visitor: Visitor = {
    caller: { certificate: peer.name, address },
    refusal: (method) => remoteRefusalOf(peer, method, service),
  };
  admit(socket, server, visitor, { service, log });
}

function portUnusable(service: string, { address, port }: RemoteListening, cause: NodeJS.ErrnoException): BangerError {
  const known: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this service may not have a port below 1024',
    EADDRNOTAVAIL: 'this host has no such address',
  };
  const why = known[cause.code ?? ''] ?? cause.message;
  const message =
    `cannot listen to other hosts at ${address} port ${port}: ${why}; ` +
    `end that program, or set address or ${service} in section [remote] of the configuration`;
  return new BangerError('unavailable', commonReasons.REMOTE_PORT_UNUSABLE, message, {
    metadata: { address, port: String(port), service },
    cause,
  });
}
