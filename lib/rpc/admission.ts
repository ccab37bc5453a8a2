import { once } from 'node:events';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import {
  experimental,
  type Metadata,
  type Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import { readOnlyMethods } from '../../gen/read-only.js';
import type { Caller } from '../context.js';
import type { BangerError } from '../errors.js';
import { loadPeerReader, type PeerCredentials, type PeerReader } from '../host/peer-credentials.js';
import type { Log } from '../log.js';
import { type AccessRules, type CalledMethod, refusalOf } from './access.js';
import { toStatus } from './status.js';

/**
 * The door of a socket. It accepts connections itself, asks the kernel who has connected, and hands each to grpc-js with
 * an interceptor that knows it: so that a call is judged by who is there, and one that may not be made gets its answer as
 * any failed call does.
 */

export interface DoorOptions {
  /** The short name of the service, such as "vmm". */
  readonly service: string;
  readonly socketPath: string;
  readonly rules: AccessRules;
  readonly log: Log;
}

export interface Door {
  /** No connection is accepted any more, and the socket's file goes; those that are there go on. */
  close(): void;
  /** Cuts the connections that are left. */
  cut(): void;
}

/** Who has connected. */
export interface Visitor {
  readonly caller: Caller;
  /** Undefined for what they may call; else the error for them. */
  refusal(method: CalledMethod): BangerError | undefined;
}

/** Health and reflection change nothing; their contracts are not ours. */
const commonReads =
  /^\/grpc\.(health\.v1\.Health\/(Check|List|Watch)|reflection\.v1(alpha)?\.ServerReflection\/ServerReflectionInfo)$/;

/** Who made a call, by its metadata: the very object that the interceptor saw, which nobody outside can make. */
const callers = new WeakMap<Metadata, Caller>();

/** Undefined for a call that came through no door, as none does. */
export function callerOf(metadata: Metadata): Caller | undefined {
  return callers.get(metadata);
}

/** Opens a socket for `server`. Fails with PEERS_UNKNOWN where it cannot be told who connects: then nobody is let in. */
export async function openDoor(server: Server, options: DoorOptions): Promise<Door> {
  const readPeer = await loadPeerReader();
  const listener = createServer();
  listener.listen(options.socketPath);
  await once(listener, 'listening');
  try {
    await proveReader(listener, readPeer, options.socketPath);
  } catch (error) {
    listener.close();
    throw error;
  }
  const inside = new Set<Socket>();
  listener.on('connection', (socket: Socket) => {
    inside.add(socket);
    socket.once('close', () => inside.delete(socket));
    greet(socket, server, readPeer, options);
  });
  listener.on('error', (err) => options.log.error({ err }, 'a connection cannot be accepted'));
  const cut = () => {
    for (const socket of inside) socket.destroy();
  };
  return { close: () => listener.close(), cut };
}

/** What is not proved is not relied on: the first connection is our own, and the kernel has to say so. */
async function proveReader(listener: NetServer, readPeer: PeerReader, socketPath: string): Promise<void> {
  const accepted = once(listener, 'connection') as Promise<[Socket]>;
  const ours = connect(socketPath);
  const [socket] = await Promise.race([accepted, once(ours, 'error').then(([error]) => Promise.reject(error))]);
  try {
    const { uid } = readPeer(socket);
    if (uid !== process.geteuid?.()) throw new Error(`the kernel says that user ${uid} connected, and we did`);
  } finally {
    socket.destroy();
    ours.destroy();
  }
}

function greet(socket: Socket, server: Server, readPeer: PeerReader, options: DoorOptions): void {
  let peer: PeerCredentials;
  try {
    peer = readPeer(socket);
  } catch (err) {
    options.log.warn({ err }, 'a connection is refused, for it cannot be told who made it');
    socket.destroy();
    return;
  }
  const { service, rules } = options;
  admit(socket, server, { caller: peer, refusal: (method) => refusalOf(peer, method, service, rules) }, options);
}

/** Hands a connection to grpc-js, with somebody who judges each call of it. */
export function admit(
  socket: Socket,
  server: Server,
  visitor: Visitor,
  options: Pick<DoorOptions, 'service' | 'log'>,
): void {
  const credentials = experimental.createServerCredentialsWithInterceptors(ServerCredentials.createInsecure(), [
    gatekeeper(visitor, options),
  ]);
  const injector = server.createConnectionInjector(credentials);
  socket.once('close', () => injector.destroy());
  injector.injectConnection(socket);
}

/** Judges each call of one connection before its handler, or anything of its request, is looked at. */
function gatekeeper(visitor: Visitor, { service, log }: Pick<DoorOptions, 'service' | 'log'>): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, proceed) => {
          const readOnly = readOnlyMethods.has(path) || commonReads.test(path);
          const refusal = visitor.refusal({ path, readOnly });
          if (refusal === undefined) {
            callers.set(metadata, visitor.caller);
            return proceed(metadata);
          }
          // Nothing of the request is read.
          log.warn({ method: path, ...inLog(visitor.caller), reason: refusal.reason }, refusal.message);
          call.sendStatus(toStatus(refusal, service));
        });
        next(listener.build());
      },
    });
}

function inLog(caller: Caller): object {
  return 'uid' in caller ? { uid: caller.uid, pid: caller.pid } : caller;
}
