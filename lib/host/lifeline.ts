import { Socket } from 'node:net';

/**
 * A pipe from a parent to its child. Nothing is ever written to it: the kernel closes the parent's end when the parent
 * dies, however it dies, and the child sees that at once. (PR_SET_PDEATHSIG would do the same; Node cannot set it.)
 */

const variable = 'BANGER_LIFELINE_FD';
/** The first descriptor after the three standard ones. */
const childFd = 3;

/** What a parent adds to its child's environment; the fourth entry of the child's `stdio` is a pipe. */
export const lifelineEnvironment: Readonly<Record<string, string>> = { [variable]: String(childFd) };

/** Calls `cut` once when the parent is gone; does nothing in a process that was started without a lifeline. */
export function onLifelineCut(cut: () => void): void {
  if (process.env[variable] !== String(childFd)) return;
  // Programs that this process starts have no such pipe.
  delete process.env[variable];
  const pipe = new Socket({ fd: childFd, readable: true, writable: false });
  // A reset is the end of the parent as well; 'close' follows it.
  pipe.on('error', () => undefined);
  pipe.once('close', cut);
  pipe.resume();
  pipe.unref();
}
