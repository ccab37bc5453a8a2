import { connect } from 'node:net';
import { dirname } from 'node:path';
import { BangerError, commonReasons } from '../errors.js';
import { chmod, chown, lstat, stat, unlink } from '../host/files.js';
import { checkSocketPath } from '../host/socket-path.js';
import { type FileLock, lockFile } from '../store/lock.js';

/**
 * Makes sure that `path` is ours to bind: takes the lock beside it for as long as we serve, and removes the socket that
 * a killed process left. Two starters cannot both think so, for the lock comes first.
 */
export async function claimSocket(path: string): Promise<FileLock> {
  checkSocketPath(path);
  const lock = lockFile(`${path}.lock`);
  if (lock === undefined) throw inUse(path, 'another process serves it; stop that one first');
  try {
    await removeStaleSocket(path);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens a socket to the group of its folder: who makes the folder, as a unit of systemd does, decides who may use it.
 * Only root can give to a group that it is not in; what others make has their own. With `toAll` anybody may connect, and
 * the rules of access decide alone.
 */
export async function shareSocket(path: string, toAll: boolean): Promise<void> {
  if (process.geteuid?.() === 0) await chown(path, 0, (await stat(dirname(path))).gid);
  await chmod(path, toAll ? 0o666 : 0o660);
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  // A link leads to the socket of a service that has a user of its own.
  if (!found.isSocket() && !found.isSymbolicLink())
    throw inUse(path, 'a file that is no socket is in the way; move it away');
  if (await answers(path)) throw inUse(path, 'a program that is not of this banger answers there; stop it first');
  await unlink(path);
}

/** What connect(2) says when no process listens. Anything else, a full backlog or missing rights, may be a live one. */
const nobodyThere = ['ECONNREFUSED', 'ENOENT'];

/** Whether a process listens on a socket file. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(!nobodyThere.includes(error.code ?? '')));
  });
}

function inUse(path: string, why: string): BangerError {
  const message = `cannot listen on ${path}: ${why}`;
  return new BangerError('wrong-state', commonReasons.SOCKET_IN_USE, message, { metadata: { path } });
}
