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

/**
 * What the kernel says of a process now, or undefined when there is none. A zombie counts as none once its last thread is
 * gone: until then it holds what it had open.
 */
export function identify(pid: number): ProcessIdentity | undefined {
  const field = statFields(pid);
  if (field === undefined || field(3) === 'X' || (field(3) === 'Z' && threadCount(pid) < 2)) return undefined;
  return { pid, startTime: Number(field(22)) };
}

function threadCount(pid: number): number {
  return Number(readProc(`/proc/${pid}/status`)?.match(/^Threads:\s+(\d+)$/m)?.[1] ?? 0);
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

/** Processor time in milliseconds that a process has used so far, or undefined when it is gone. */
export function cpuMs(pid: number): number | undefined {
  const field = statFields(pid);
  return field && (Number(field(14)) + Number(field(15))) * msPerTick;
}

/** Milliseconds since a process started, also while the host was asleep; exact to 10 ms. */
export function uptimeMs({ startTime }: ProcessIdentity): number {
  const sinceBoot = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return Math.max(0, Math.round(sinceBoot - startTime * msPerTick));
}

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

/** Also of one that has ended as it started: it is a zombie until the turn of the event loop that tells its exit. */
function identityOfChild({ pid = 0 }: ChildProcess): ProcessIdentity {
  return { pid, startTime: Number(statFields(pid)?.(22)) };
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

/** The kernel counts times in 100ths of a second for programs, on every x86: USER_HZ, time(7). */
const msPerTick = 10;

/** A field of /proc/PID/stat by its number in proc(5), or undefined when there is no such process. */
function statFields(pid: number): ((number: number) => string | undefined) | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, field 2, may hold spaces and parentheses: count from its last ")".
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (number) => fields[number - 3];
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
