import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { pollUntil } from '../clock.js';
import { programEnvironment } from './search-path.js';

/**
 * Processes that live on their own. A pid alone is not an identity, for the kernel uses it again: pid and start time
 * together are, until the next boot.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat: proc(5). */
  readonly startTime: number;
}

/** What the kernel says of a process now, or undefined when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, field 2, may hold spaces and parentheses: count from its last ")".
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTime: Number(fields[19]) };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Whether a process runs as the user that we run as: what any other says of itself may be a lie. */
export function isOurUsers(pid: number): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.geteuid?.();
}

/** The arguments of a process, or undefined when it is gone. */
export function commandLine(pid: number): string[] | undefined {
  return readProc(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1);
}

/** Resident memory in bytes, or undefined when the process is gone. */
export function residentBytes(pid: number): number | undefined {
  const kib = readProc(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

export interface DetachedOptions {
  /** File that takes standard output and error; appended to. */
  readonly logPath: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program in a session of its own, so that it outlives us. Rejects when it cannot be started. */
export function spawnDetached(argv: readonly string[], options: DetachedOptions): Promise<ProcessIdentity> {
  return new Promise((resolve, reject) => {
    const fd = openSync(options.logPath, 'a', 0o640);
    const { cwd, env } = options;
    const child = closing(fd, () => spawnChild(argv, { detached: true, stdio: ['ignore', fd, fd], cwd, env }));
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      if (identity) resolve(identity);
      else reject(new Error(`${argv[0]} ended as it started; see ${options.logPath}`));
    });
  });
}

/** Node throws at once for some failures, such as an argument list that is too long. */
function closing<T>(fd: number, use: () => T): T {
  try {
    return use();
  } finally {
    closeSync(fd);
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

/** Sends a signal to exactly this process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Ends a process: SIGTERM, then SIGKILL after `graceMs`. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!signalProcess(identity, 'SIGTERM')) return;
  if (await goneWithin(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitGone(identity, 30_000);
}

/** Returns when the process is gone. It may be no child of ours, so its end is polled for. */
export async function waitGone(identity: ProcessIdentity, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const what = `process ${identity.pid} ends`;
  await pollUntil(() => !isAlive(identity), { what, timeoutMs, everyMs: 20, signal });
}

/** Whether the process is gone within `timeoutMs`. */
export async function goneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  return waitGone(identity, timeoutMs).then(
    () => true,
    () => !isAlive(identity),
  );
}

/** The program a process runs, or undefined when it is gone or not ours to see. */
export function executablePath(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
