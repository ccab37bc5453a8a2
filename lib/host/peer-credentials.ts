import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { BangerError, commonReasons } from '../errors.js';

/** Who is at the other end of a Unix socket, as the kernel wrote it down when they connected: nobody can lie about it. */
export interface PeerCredentials {
  readonly uid: number;
  readonly gid: number;
  /** 0 for a process of another pid namespace. */
  readonly pid: number;
  /** The supplementary groups of the process, not those that the host's files give to its user. */
  readonly groups: readonly number[];
}

/** Reads the credentials of a connection that was accepted. Throws when the kernel does not tell. */
export type PeerReader = (socket: Socket) => PeerCredentials;

/** unix(7), socket(7), and the kernel's include/uapi/asm-generic/socket.h, which x86 and ARM have. */
const solSocket = 1;
const soPeercred = 17;
const soPeergroups = 59;
/** struct ucred: three ints, pid, uid and gid. */
const ucredBytes = 12;
const gidBytes = 4;
/** Most processes are in fewer groups; one that is in more is asked a second time. */
const usualGroups = 32;

interface Libc {
  getsockopt(fd: number, level: number, name: number, value: Buffer, length: [number]): number;
  errno(): number;
}

/** Node has no SO_PEERCRED. Fails with PEERS_UNKNOWN on a host where the C library cannot be called. */
export async function loadPeerReader(): Promise<PeerReader> {
  const libc = await loadLibc().catch((cause) => {
    throw peersUnknown(
      `the C library cannot be called (${cause.message}); after a change of packages run npm ci`,
      cause,
    );
  });
  return (socket) => readPeer(libc, descriptorOf(socket));
}

async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  // The symbols of the running program: it is linked with its libc already.
  const getsockopt = koffi
    .load(null)
    .func('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)');
  return { getsockopt: getsockopt as unknown as Libc['getsockopt'], errno: () => koffi.errno() };
}

function readPeer(libc: Libc, fd: number): PeerCredentials {
  const ucred = option(libc, fd, soPeercred, ucredBytes);
  const groups = option(libc, fd, soPeergroups, usualGroups * gidBytes);
  return {
    pid: ucred.readInt32LE(0),
    uid: ucred.readUInt32LE(4),
    gid: ucred.readUInt32LE(8),
    groups: Array.from({ length: groups.length / gidBytes }, (_, index) => groups.readUInt32LE(index * gidBytes)),
  };
}

/** What the kernel tells of a socket; it says how much room that takes when it is more than `size`. */
function option(libc: Libc, fd: number, name: number, size: number): Buffer {
  const value = Buffer.alloc(size);
  const length: [number] = [size];
  if (libc.getsockopt(fd, solSocket, name, value, length) === 0) return value.subarray(0, length[0]);
  const errno = libc.errno();
  if (errno === constants.errno.ERANGE && length[0] > size) return option(libc, fd, name, length[0]);
  throw peersUnknown(`getsockopt ${name} of descriptor ${fd} fails with errno ${errno}`);
}

/** Node tells the descriptor of a socket nowhere else. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } | null };
  if (typeof handle?.fd === 'number' && handle.fd >= 0) return handle.fd;
  throw peersUnknown('the connection has no descriptor: it is closed, or this Node does not tell');
}

function peersUnknown(why: string, cause?: unknown): BangerError {
  const message = `cannot tell who connects to a socket: ${why}`;
  return new BangerError('unsupported', commonReasons.PEERS_UNKNOWN, message, { cause });
}
