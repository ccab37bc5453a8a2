import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { identityOfChild, type ProcessIdentity } from './process.js';
import { programEnvironment } from './search-path.js';

/** Programs that run beside us: those that outlive us, those whose exit is followed, and those that have the terminal. */

export interface DetachedOptions {
  /** File that takes standard error, and standard output unless that has its own; appended to. */
  readonly logPath: string;
  /** File that takes standard output alone; appended to. */
  readonly stdoutPath?: string;
  /** FIFO that is standard input; without one there is no input. The process never sees its end. */
  readonly stdinPath?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that outlives us. */
export interface DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Resolves as it ends while we are there; never rejects. Only the one who started it is told. */
  readonly exited: Promise<ProcessExit>;
}

/** How a process ended: by a code of its own, or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a program in a session of its own, so that it outlives us. Rejects when it cannot be started. */
export function spawnDetached(argv: readonly string[], options: DetachedOptions): Promise<DetachedProcess> {
  return new Promise((resolve, reject) => {
    const child = startDetached(argv, options);
    const exited = new Promise<ProcessExit>((end) => child.once('exit', (code, signal) => end({ code, signal })));
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve({ identity: identityOfChild(child), exited });
    });
  });
}

/** Our ends of its files are closed also when Node throws at once, as it does for an argument list that is too long. */
function startDetached(argv: readonly string[], options: DetachedOptions): ChildProcess {
  const { logPath, stdoutPath = logPath, stdinPath, cwd, env } = options;
  const opened: number[] = [];
  const openFile = (path: string, flags: string) => {
    const fd = openSync(path, flags, 0o640);
    opened.push(fd);
    return fd;
  };
  try {
    // A FIFO that is open for writing too neither waits for a writer nor ends with the last one: fifo(7).
    const stdin = stdinPath === undefined ? 'ignore' : openFile(stdinPath, 'r+');
    const outputs = [openFile(stdoutPath, 'a'), openFile(logPath, 'a')];
    return spawnChild(argv, { detached: true, stdio: [stdin, ...outputs], cwd, env });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

export interface ChildOptions {
  readonly detached?: boolean;
  readonly stdio: ('ignore' | 'pipe' | 'inherit' | number)[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program whose exit the caller follows; for supervisors and for ssh on the user's terminal. */
export function spawnChild(argv: readonly string[], options: ChildOptions): ChildProcess {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError('spawnChild: empty argv');
  return spawn(program, args, {
    detached: options.detached ?? false,
    stdio: options.stdio,
    cwd: options.cwd,
    env: programEnvironment(options.env),
  });
}

/** A program that has the user's terminal. */
export interface ForegroundProgram {
  /** Its exit code; 128 and the signal's number when a signal ended it, as in a shell. Rejects when it cannot start. */
  readonly exitCode: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

/** Lends our terminal to a program until it ends. */
export function runInForeground(argv: readonly string[]): ForegroundProgram {
  const child = spawnChild(argv, { stdio: ['inherit', 'inherit', 'inherit'] });
  const exitCode = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
  return { exitCode, signal: (signal) => void child.kill(signal) };
}
