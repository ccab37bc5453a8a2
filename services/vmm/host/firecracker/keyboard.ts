import { delay } from '../../../../lib/clock.js';
import { open, openFlags } from '../../../../lib/host/files.js';
import type { Keyboard } from '../../app/ports.js';
import { hypervisorUnresponsive } from '../../domain/errors.js';

/** A guest that does not read its console lets the pipe fill up; after this long we say so. */
const acceptMs = 10_000;
const tryEveryMs = 20;

/**
 * The typing side of a console: a named pipe that is Firecracker's standard input. Everyone who writes to it types, now
 * and after a restart of this service. Fails with HYPERVISOR_UNRESPONSIVE when no process reads it.
 */
export async function openPipeKeyboard(path: string, name: string): Promise<Keyboard> {
  const what = `type at the console of vm ${name}`;
  const pipe = await open(path, openFlags.O_WRONLY | openFlags.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    // ENXIO: nobody has the other end open, fifo(7).
    throw hypervisorUnresponsive(what, cause.code === 'ENXIO' ? 'reads no input' : cause.message, cause);
  });
  return {
    async type(bytes) {
      const end = performance.now() + acceptMs;
      for (let rest = bytes; rest.length > 0; ) {
        const taken = await writeSome(pipe, rest);
        rest = rest.subarray(taken);
        if (taken > 0) continue;
        if (performance.now() > end) throw hypervisorUnresponsive(what, 'has a guest that does not read its console');
        await delay(tryEveryMs);
      }
    },
    close: () => void pipe.close(),
  };
}

/** How many bytes went in; none while the pipe is full. */
async function writeSome(pipe: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<number> {
  return pipe.write(bytes).then(
    ({ bytesWritten }) => bytesWritten,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') return 0;
      throw error;
    },
  );
}
