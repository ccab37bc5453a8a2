import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BangerError, commonReasons } from '../errors.js';
import { LineSplitter } from './lines.js';
import { programEnvironment } from './search-path.js';

/** The one way to run a program to its end. Arguments are a list; there is never a shell. */

export interface CommandOptions {
  readonly stdin?: string | Buffer;
  /** The program and what it started are ended after this long; 60 s unless given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Exit codes that are answers, not failures; 0 unless given. */
  readonly okExitCodes?: readonly number[];
  readonly cwd?: string;
  /** Added to the environment. The locale is always C.UTF-8, so that output can be read by programs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard error as it comes, for progress. */
  readonly onStderrLine?: (line: string) => void;
  readonly onStdoutLine?: (line: string) => void;
  /** What messages call the program, when it is run by way of another; argv[0] unless given. */
  readonly programName?: string;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs `argv`. Port of everything that needs a program; fakes implement the same signature. */
export type RunCommand = (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** Output beyond this is a mistake in the caller, and ends the program: have it write to a file instead. */
const maxOutputBytes = 64 * 1024 * 1024;
/** What an error shows of a program's output: its last lines, within what a gRPC error can carry. */
const shownLines = 12;
const shownLength = 2000;
const defaultTimeoutMs = 60_000;
/** How long a program may take to obey SIGTERM before its group is killed. */
const termGraceMs = 5_000;

export const runCommand: RunCommand = (argv, options = {}) =>
  new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const child = start(argv, options);
    const stopper = new Stopper(child);
    const stdout = collect(child.stdout, stopper, options.onStdoutLine);
    const stderr = collect(child.stderr, stopper, options.onStderrLine);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const timer = setTimeout(() => stopper.stop(`took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = () => stopper.stop('was cancelled');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const fail = (why: string, output: string) => failed(options.programName ?? argv[0], argv, why, output);
    const settle = () => {
      clearTimeout(timer);
      stopper.finish();
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      settle();
      reject(notStarted(argv, cause));
    });
    child.on('close', (code, killedBy) => {
      settle();
      const result = { stdout: stdout(), stderr: stderr(), exitCode: code ?? -1 };
      if (stopper.reason !== undefined) {
        return reject(options.signal?.aborted ? options.signal.reason : fail(stopper.reason, result.stderr));
      }
      if (code !== null && (options.okExitCodes ?? [0]).includes(code)) return resolve(result);
      const why = code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`;
      reject(fail(why, result.stderr || result.stdout));
    });
  });

type StartedProgram = ChildProcessByStdio<null, Readable, Readable>;

function start(argv: readonly string[], options: CommandOptions): StartedProgram {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('runCommand: empty argv');
  let input: number | undefined;
  try {
    input = options.stdin === undefined ? undefined : openInput(options.stdin);
    return spawn(program, args, {
      cwd: options.cwd,
      env: programEnvironment({ LC_ALL: 'C.UTF-8', ...options.env }),
      stdio: [input ?? 'ignore', 'pipe', 'pipe'],
      // A group of its own, so that what the program started ends with it.
      detached: true,
    }) as StartedProgram;
  } catch (cause) {
    // Most failures come as an event; some, such as an argument list that is too long, at once.
    throw notStarted(argv, cause as Error);
  } finally {
    if (input !== undefined) closeSync(input);
  }
}

/**
 * A file without a name that holds a program's input. Node's own pipes are sockets, and those cannot be opened by name:
 * `nft -f -` opens /dev/stdin.
 */
function openInput(data: string | Buffer): number {
  const path = join(tmpdir(), `banger-input-${randomBytes(8).toString('hex')}`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  // Written at a given place, so that the program starts to read at the beginning.
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
  return file;
}

function collect(stream: NodeJS.ReadableStream, stopper: Stopper, onLine?: (line: string) => void): () => string {
  const chunks: Buffer[] = [];
  const lines = onLine && new LineSplitter(onLine);
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxOutputBytes) stopper.stop(`printed more than ${maxOutputBytes / 1024 / 1024} MiB`);
    else chunks.push(chunk);
    lines?.write(chunk);
  });
  stream.on('end', () => lines?.end());
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Ends a program together with what it started: its process group. */
class Stopper {
  reason: string | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(private readonly child: StartedProgram) {}

  stop(reason: string): void {
    if (this.reason !== undefined || this.child.pid === undefined) return;
    this.reason = reason;
    this.#signal('SIGTERM');
    this.#killTimer = setTimeout(() => this.#kill(), termGraceMs);
  }

  /** The program has ended. When it was stopped, so must be those of its group that did not obey. */
  finish(): void {
    clearTimeout(this.#killTimer);
    if (this.reason !== undefined) this.#signal('SIGKILL');
  }

  #kill(): void {
    this.#signal('SIGKILL');
    // Something that left the group may hold the other ends for ever; nobody waits for that.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function notStarted(argv: readonly string[], cause: Error): BangerError {
  return failed(argv[0], argv, `could not be started: ${cause.message}`, '', cause);
}

function failed(
  name: string | undefined,
  argv: readonly string[],
  why: string,
  output: string,
  cause?: unknown,
): BangerError {
  const tail = output.trim().split('\n').slice(-shownLines).join('\n').slice(-shownLength);
  const message = `${name} ${why}${tail ? `: ${tail}` : ''}`;
  return new BangerError('internal', commonReasons.COMMAND_FAILED, message, {
    metadata: { command: argv.join(' '), output: tail },
    cause,
  });
}
