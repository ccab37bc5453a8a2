import { spawn } from 'node:child_process';
import { BangerError, commonReasons } from '../errors.js';

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
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs `argv`. Port of everything that needs a program; fakes implement the same signature. */
export type RunCommand = (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** Output beyond this is a mistake in the caller: stream it to a file instead. */
const maxOutputBytes = 64 * 1024 * 1024;
const defaultTimeoutMs = 60_000;
/** How long a program may take to obey SIGTERM before its group is killed. */
const termGraceMs = 5_000;

export const runCommand: RunCommand = (argv, options = {}) =>
  new Promise((resolve, reject) => {
    const [program, ...args] = argv;
    if (program === undefined) throw new TypeError('runCommand: empty argv');
    options.signal?.throwIfAborted();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that what the program started ends with it.
      detached: true,
    });
    const stdout = collect(child.stdout, options.onStdoutLine);
    const stderr = collect(child.stderr, options.onStderrLine);
    const stop = stopper(child.pid);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const timer = setTimeout(() => stop(`took longer than ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = () => stop('was cancelled');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      stop.done();
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      settle();
      reject(commandFailed(argv, `could not be started: ${cause.message}`, '', cause));
    });
    child.on('close', (code, killedBy) => {
      settle();
      const result = { stdout: stdout(), stderr: stderr(), exitCode: code ?? -1 };
      if (stop.reason()) {
        if (options.signal?.aborted) return reject(options.signal.reason);
        return reject(commandFailed(argv, stop.reason() ?? '', result.stderr));
      }
      if (code !== null && (options.okExitCodes ?? [0]).includes(code)) return resolve(result);
      const why = code === null ? `was ended by ${killedBy}` : `failed with exit code ${code}`;
      reject(commandFailed(argv, why, result.stderr || result.stdout));
    });
    // A program that does not read its input closes the pipe: its exit code tells more than EPIPE does.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });

function collect(stream: NodeJS.ReadableStream, onLine?: (line: string) => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxOutputBytes) chunks.push(chunk);
    if (!onLine) return;
    const lines = (rest + chunk.toString('utf8')).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function stopper(pid: number | undefined) {
  let why: string | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (reason: string) => {
    if (why !== undefined || pid === undefined) return;
    why = reason;
    signalGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), termGraceMs);
  };
  return Object.assign(stop, { reason: () => why, done: () => clearTimeout(killTimer) });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function commandFailed(argv: readonly string[], why: string, output: string, cause?: unknown): BangerError {
  const tail = output.trim().split('\n').slice(-12).join('\n');
  const message = `${argv[0]} ${why}${tail ? `: ${tail}` : ''}`;
  return new BangerError('internal', commonReasons.COMMAND_FAILED, message, {
    metadata: { command: argv.join(' '), output: tail },
    cause,
  });
}
