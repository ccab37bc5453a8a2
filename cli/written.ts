import type { Writable } from 'node:stream';

/**
 * Resolves when all that was written to these has left this process. Node writes to a pipe as its reader makes room, 64 KiB at
 * a time (pipe(7)), and process.exit() drops the rest.
 */
export async function written(...outputs: readonly Writable[]): Promise<void> {
  await Promise.all(outputs.map((output) => new Promise<void>((resolve) => output.write('', () => resolve()))));
}
