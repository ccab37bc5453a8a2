import { on } from 'node:events';

/** Standard input, or what stands in for it in a test. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** Ctrl-], by which telnet is left too. */
const leaveKey = 0x1d;

/** What comes, until it ends or, on a terminal, until Ctrl-]. A pipe's bytes mean nothing to us. */
export async function* typedAt(input: Input, signal: AbortSignal): AsyncIterable<Buffer> {
  try {
    const pieces = on(input, 'data', { signal, close: ['end'] });
    // Somebody may have paused it before, as the screen does when it hands the terminal over.
    input.resume();
    for await (const [data] of pieces) {
      const end = input.isTTY ? data.indexOf(leaveKey) : -1;
      yield end < 0 ? data : data.subarray(0, end);
      if (end >= 0) return;
    }
  } finally {
    input.pause();
  }
}

/** Gives every key to the reader as it is pressed, Ctrl-C too; returns how to make the terminal what it was. */
export function takeKeys(input: Input): () => void {
  if (!input.isTTY) return () => undefined;
  input.setRawMode?.(true);
  return () => void input.setRawMode?.(false);
}
