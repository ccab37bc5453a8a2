import { basename, dirname } from 'node:path';
import { open, readFile, watch } from '../lib/host/files.js';
import { rotatedPath } from './log-rotation.js';

/** A message holds whole lines up to this many bytes, well below gRPC's 4 MiB; a longer line goes alone. */
const pieceBytes = 256 * 1024;
const newline = 0x0a;

export interface LogStreamOptions {
  /** The last lines to begin with; 0 for everything that is kept. */
  readonly tailLines: number;
  /** Go on as lines are written, until the signal aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Sends a log in pieces of whole lines. */
export async function* streamLog(path: string, options: LogStreamOptions): AsyncIterable<Buffer> {
  // Watching begins before reading, so that nothing falls between the two.
  const changes = options.follow ? new FileChanges(path) : undefined;
  try {
    const current = wholeLines(await readOrEmpty(path));
    const older = await readOrEmpty(rotatedPath(path));
    yield* pieces(lastLines(Buffer.concat([older, current]), options.tailLines));
    if (changes) yield* newLines(path, current.length, changes, options.signal);
  } finally {
    changes?.close();
  }
}

async function* newLines(path: string, start: number, changes: FileChanges, signal: AbortSignal) {
  let position = start;
  while (await changes.next(signal)) {
    const { data, from } = await readFrom(path, position);
    const lines = wholeLines(data);
    position = from + lines.length;
    yield* pieces(lines);
  }
}

/** What stands in the file from `position` on, or all of it when it has been emptied since. */
async function readFrom(path: string, position: number): Promise<{ data: Buffer; from: number }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = size < position ? 0 : position;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return { data: buffer.subarray(0, bytesRead), from };
  } finally {
    await file.close();
  }
}

function readOrEmpty(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
}

/** Without the line that is still being written. */
function wholeLines(data: Buffer): Buffer {
  return data.subarray(0, data.lastIndexOf(newline) + 1);
}

export function lastLines(data: Buffer, count: number): Buffer {
  if (count === 0) return data;
  let start = data.length;
  for (let seen = 0; seen < count && start > 0; seen++) start = previousLine(data, start);
  return data.subarray(start);
}

/** Where the line that ends just before `end` starts. */
function previousLine(data: Buffer, end: number): number {
  return end < 2 ? 0 : data.lastIndexOf(newline, end - 2) + 1;
}

export function* pieces(data: Buffer, size = pieceBytes): Iterable<Buffer> {
  for (let start = 0; start < data.length; ) {
    const end = pieceEnd(data, start, size);
    yield data.subarray(start, end);
    start = end;
  }
}

function pieceEnd(data: Buffer, start: number, size: number): number {
  if (data.length - start <= size) return data.length;
  const last = data.lastIndexOf(newline, start + size - 1);
  if (last >= start) return last + 1;
  const next = data.indexOf(newline, start);
  return next < 0 ? data.length : next + 1;
}

/** Tells of writes to one file, by the kernel's events on its folder: the file may not be there yet. */
class FileChanges {
  #changed = false;
  #ring: () => void = () => undefined;
  readonly #watcher;

  constructor(path: string) {
    const name = basename(path);
    this.#watcher = watch(dirname(path), (_event, file) => {
      if (file !== name) return;
      this.#changed = true;
      this.#ring();
    });
  }

  /** Resolves with true after a change since the last call, with false when the signal aborts. */
  async next(signal: AbortSignal): Promise<boolean> {
    while (!this.#changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#ring = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    this.#changed = false;
    return !signal.aborted;
  }

  close(): void {
    this.#watcher.close();
  }
}
