import { dirname } from 'node:path';
import {
  appendFile,
  copyFile,
  ensureFolder,
  fileSize,
  open,
  pathExists,
  rename,
  truncate,
} from '../../../lib/host/files.js';
import { watchFile } from '../../../lib/host/watch.js';
import type { Log } from '../../../lib/log.js';
import { oneAtATime } from '../../../lib/one-at-a-time.js';
import type { ConsoleReadOptions, Consoles } from '../app/ports.js';
import { printableLines } from '../domain/console-text.js';
import { type KernelWords, kernelWords } from '../domain/kernel-words.js';
import { ConsoleTimesKeeper, olderThan } from './console-times.js';
import type { VmPaths } from './vm-paths.js';

/**
 * The console logs. The hypervisor appends to a file and never lets go of it, so that a log that has grown too large is
 * copied beside (NAME.1) and truncated: between one and two times the limit is kept.
 */
export class ConsoleLogs implements Consoles {
  readonly #cuts = new Map<string, Promise<void>>();

  constructor(
    private readonly paths: VmPaths,
    private readonly maxBytes: number,
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  /**
   * To be called before each launch: sets what the next run writes apart from the run before, whose last words would
   * otherwise be taken for its own until it says something.
   */
  async beginRun(uid: string): Promise<void> {
    const path = this.paths.consoleLog(uid);
    await ensureFolder(dirname(path));
    if ((await fileSize(path)) + (await fileSize(former(path))) > 0) await appendFile(path, runMark, { mode: 0o640 });
  }

  /** Keeps the log of a VM within its limit until `close` is called, and tells when something is written to it. */
  async bound(uid: string, { onWrite }: { readonly onWrite?: () => void } = {}): Promise<{ close(): void }> {
    const path = this.paths.consoleLog(uid);
    const times = new ConsoleTimesKeeper(path, this.now);
    const check = oneAtATime(async () => {
      onWrite?.();
      const cut = this.#look(path, times).catch((err) =>
        this.log.error({ uid, err }, 'could not bound the console log'),
      );
      this.#cuts.set(uid, cut);
      await cut;
      this.#cuts.delete(uid);
    });
    const changes = await watchFile(path, check);
    await check();
    return changes;
  }

  async *read(uid: string, { tailBytes, since, follow, signal }: ConsoleReadOptions): AsyncIterable<Uint8Array> {
    const path = this.paths.consoleLog(uid);
    const [older, newer] = await Promise.all([fileSize(former(path)), fileSize(path)]);
    const tooOld = since === undefined ? 0 : Math.min(older + newer, await olderThan(path, since));
    const skip = Math.max(tooOld, tailBytes === undefined ? 0 : older + newer - tailBytes, 0);
    if (follow) yield new Uint8Array();
    yield* readFrom(former(path), skip);
    const offset = Math.max(0, skip - older);
    if (follow) yield* followFrom(path, offset, signal);
    else yield* readFrom(path, offset);
  }

  async lastLines(uid: string, count: number): Promise<string> {
    const path = this.paths.consoleLog(uid);
    const chunks: Uint8Array[] = [];
    for await (const chunk of readFrom(path, Math.max(0, (await fileSize(path)) - tailBytes))) chunks.push(chunk);
    const lines = printableLines(Buffer.concat(chunks).toString('utf8')).slice(-count);
    return lines.map((line) => line.slice(-shownLength)).join(' | ');
  }

  async kernelWords(uid: string): Promise<KernelWords | undefined> {
    // In the middle of a cut the last bytes are in neither file for a moment.
    await this.#cuts.get(uid);
    const chunks: Uint8Array[] = [];
    const options = { tailBytes: panicBytes, follow: false, signal: new AbortController().signal };
    for await (const chunk of this.read(uid, options)) chunks.push(chunk);
    return kernelWords(Buffer.concat(chunks).toString('utf8'));
  }

  async #look(path: string, times: ConsoleTimesKeeper): Promise<void> {
    const size = await fileSize(path);
    // Before there is a log its folder may not be there, and after its VM has gone not any more.
    if (size === 0 && !(await pathExists(path))) return;
    await times.see(size);
    if (size <= this.maxBytes) return;
    await cut(path);
    await times.cut(await fileSize(former(path)));
  }
}

async function cut(path: string): Promise<void> {
  const temporary = `${former(path)}.tmp`;
  await copyFile(path, temporary);
  await rename(temporary, former(path));
  await truncate(path, 0);
}

/** Any line that is not the kernel's ends what it said last; this one also tells a reader where a run begins. */
const runMark = '\r\nbanger: the vm starts\r\n';

/** Enough for some lines. */
const tailBytes = 8192;
/** Enough for a panic with its registers and its call trace. */
const panicBytes = 32 * 1024;
/** What an error shows of a line: a gRPC error has room for a few thousand bytes. */
const shownLength = 160;
const chunkBytes = 64 * 1024;

function former(path: string): string {
  return `${path}.1`;
}

/** From an offset to the end as it is now. A file that does not exist is empty. */
async function* readFrom(path: string, offset: number): AsyncIterable<Uint8Array> {
  if ((await fileSize(path)) <= offset) return;
  const file = await open(path, 'r');
  try {
    for (let position = offset; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** From an offset on, as the file grows, until the file is gone, or to where it ends when the signal aborts. */
async function* followFrom(path: string, start: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
  let changed: () => void = () => undefined;
  const wake = () => changed();
  const watcher = await watchFile(path, wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    for (let offset = start, last = false; !last && (await pathExists(path)); ) {
      last = signal.aborted;
      // Made before the look, so that what is written after it is not missed.
      const next = new Promise<void>((resolve) => {
        changed = resolve;
      });
      for await (const chunk of readOn(path, offset)) {
        offset = chunk.offset;
        yield chunk.data;
      }
      if (!signal.aborted) await next;
    }
  } finally {
    signal.removeEventListener('abort', wake);
    watcher.close();
  }
}

/** What came after an offset, also when the log was truncated meanwhile; each piece with the offset after it. */
async function* readOn(path: string, start: number): AsyncIterable<{ data: Uint8Array; offset: number }> {
  let offset = start;
  if ((await fileSize(path)) < offset) {
    for await (const data of readFrom(former(path), offset)) yield { data, offset: 0 };
    offset = 0;
  }
  for await (const data of readFrom(path, offset)) {
    offset += data.length;
    yield { data, offset };
  }
}
