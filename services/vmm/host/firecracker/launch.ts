import { delay } from '../../../../lib/clock.js';
import { isBangerError } from '../../../../lib/errors.js';
import { runCommand } from '../../../../lib/host/command.js';
import { chmod, chown } from '../../../../lib/host/files.js';
import { goneWithin, isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import { type DetachedProcess, type ProcessExit, spawnDetached } from '../../../../lib/host/spawn.js';
import type { Log } from '../../../../lib/log.js';
import type { LaunchPlan } from '../../app/ports.js';
import { hypervisorFailed, hypervisorUnresponsive, reasons } from '../../domain/errors.js';
import type { VmPaths } from '../vm-paths.js';
import { bootRequests } from './boot-requests.js';
import { FirecrackerClient } from './client.js';
import { exitReason } from './exits.js';
import type { Home } from './home.js';
import { freshFiles, logTail } from './logs.js';
import type { FirecrackerVersion } from './version.js';

export interface Launch {
  readonly plan: LaunchPlan;
  readonly home: Home;
  readonly argv: readonly string[];
  readonly version: FirecrackerVersion;
  readonly paths: VmPaths;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface Launched {
  readonly process: DetachedProcess;
  readonly client: FirecrackerClient;
}

/** Firecracker makes its socket in 6 to 60 ms (its SPECIFICATION); the jailer copies a program before. */
const upMs = 30_000;
const lookEveryMs = 2;
const killMs = 30_000;
/** Between the loss of the connection and the end of the process lie moments. */
const closingMs = 1_000;
const busyMs = 2_000;
/** What an error shows: a gRPC error has room for a few thousand bytes. */
const shownLines = 5;
const shownLength = 800;

/**
 * Prepares the home, starts the process, waits until it answers, configures and starts the guest. When any of it fails,
 * or the signal aborts, the process is ended and the home cleared before the failure is thrown.
 */
export async function launch(request: Launch): Promise<Launched> {
  const { home, plan, signal } = request;
  let started: DetachedProcess | undefined;
  let client: FirecrackerClient | undefined;
  try {
    await prepare(request);
    started = await start(request);
    await home.onProcess?.(plan, started.identity.pid).catch((cause: Error) => {
      throw hypervisorFailed(plan.name, `could not be put into its cgroup: ${cause.message}`, cause);
    });
    client = await firstAnswer(request, started);
    await configure(request, client);
    return { process: started, client };
  } catch (error) {
    client?.close();
    const failure = started && !signal?.aborted ? await explained(request, started, error).catch(() => error) : error;
    await takeBack(request, started);
    signal?.throwIfAborted();
    throw failure;
  }
}

/** A failure here is not what the caller asks about: the next sweep tries again. */
async function takeBack({ home, log, plan }: Launch, started: DetachedProcess | undefined): Promise<void> {
  try {
    if (started) await kill(started);
    await home.clear();
  } catch (err) {
    log.error({ uid: plan.uid, err }, 'could not clear up after a launch that failed');
  }
}

async function prepare({ plan, home, paths, signal }: Launch): Promise<void> {
  signal?.throwIfAborted();
  await freshFiles(paths, plan.uid);
  await home.prepare(plan);
  await runCommand(['mkfifo', '--mode=600', paths.keyboard(plan.uid)], { signal });
}

async function start({ plan, paths, argv }: Launch): Promise<DetachedProcess> {
  const { uid, name } = plan;
  const files = {
    stdinPath: paths.keyboard(uid),
    stdoutPath: paths.consoleLog(uid),
    logPath: paths.hypervisorLog(uid),
  };
  return spawnDetached(argv, files).catch((cause) => {
    throw hypervisorFailed(name, `did not start: ${cause.message}`, cause);
  });
}

/** A process that has died says why better than a connection that was lost, or a socket that is not there. */
async function explained(request: Launch, { identity, exited }: DetachedProcess, error: unknown): Promise<unknown> {
  const { name } = request.plan;
  const isRefusal = isBangerError(error) && error.reason !== reasons.HYPERVISOR_UNRESPONSIVE;
  if (isRefusal || !(await goneWithin(identity, closingMs))) return error;
  return hypervisorFailed(name, `ended: ${await lastWords(request, exited)}`, error);
}

/** The socket is looked for until somebody answers behind it or the process is gone. */
async function firstAnswer(request: Launch, { identity }: DetachedProcess): Promise<FirecrackerClient> {
  const { plan, signal } = request;
  for (const end = performance.now() + upMs; performance.now() < end; ) {
    signal?.throwIfAborted();
    const client = await answering(request);
    if (client) return client;
    if (!isAlive(identity)) throw hypervisorUnresponsive(`reach vm ${plan.name}`, 'is gone');
    await delay(lookEveryMs, signal);
  }
  throw hypervisorFailed(plan.name, `did not answer within ${upMs / 1000} s`);
}

async function answering({ home, plan, signal }: Launch): Promise<FirecrackerClient | undefined> {
  const client = new FirecrackerClient(home.apiSocket, plan.name);
  const isUp = await client.ping(signal).then(
    () => true,
    () => false,
  );
  if (isUp) return client;
  client.close();
  return undefined;
}

/** The requests of a boot, in order; the last one starts the guest. */
async function configure({ plan, home, version, signal }: Launch, client: FirecrackerClient): Promise<void> {
  await reclaim(home.apiSocket);
  for (const request of bootRequests(plan, home.places(plan), version)) {
    await unlessBusy(() => client.send(request, `start vm ${plan.name}`, { signal }), signal);
    if (request.call === 'PUT /vsock') await reclaim(home.vsock);
  }
}

/** The threads of a process that was just ended may still hold its tap: it is asked for again, for a while. */
async function unlessBusy(send: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  for (const end = performance.now() + busyMs; ; ) {
    try {
      return await send();
    } catch (error) {
      if (!isBangerError(error, reasons.TAP_BUSY) || performance.now() >= end) throw error;
      await delay(lookEveryMs * 10, signal);
    }
  }
}

/** A socket made by a process that runs as another user is that user's; it is ours to talk to, and nobody else's. */
async function reclaim(path: string): Promise<void> {
  const [user, group] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  await chown(path, user, group);
  await chmod(path, 0o600);
}

async function kill({ identity }: DetachedProcess): Promise<void> {
  signalProcess(identity, 'SIGKILL');
  await waitGone(identity, killMs);
}

/** How the process, or the jailer before it, ended, and what it said last. */
async function lastWords({ paths, plan }: Launch, exited: Promise<ProcessExit>): Promise<string> {
  const { uid } = plan;
  const [log, printed] = await Promise.all([logTail(paths.firecrackerLog(uid)), logTail(paths.hypervisorLog(uid))]);
  const lines = `${log}\n${printed}`.split('\n').filter((line) => line.trim() !== '');
  const said = lines.slice(-shownLines).join(' | ').slice(-shownLength);
  const reason = exitReason(await exited);
  return said === '' ? reason : `${reason}; it said: ${said}`;
}
