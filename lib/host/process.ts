import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { pollUntil } from '../clock.js';

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

/** Of a child of ours, also when it has ended: it is a zombie until the turn of the event loop that tells its exit. */
export function identityOfChild({ pid = 0 }: { readonly pid?: number | undefined }): ProcessIdentity {
  return { pid, startTime: Number(statFields(pid)?.(22)) };
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
