import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GetStatusResponse, type Service, ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { delay } from '../lib/clock.js';
import { startedByVariable } from '../lib/daemon-file.js';
import { BangerError, type FieldViolation, hostNotReady } from '../lib/errors.js';
import { ensureFolder } from '../lib/host/files.js';
import { lastWords, logSize, readLogTail } from '../lib/host/log-tail.js';
import { findProgram } from '../lib/host/preflight.js';
import { isAlive, type ProcessIdentity } from '../lib/host/process.js';
import { runInForeground, spawnDetached } from '../lib/host/spawn.js';
import type { Context } from './context.js';
import { daemonLogPath, findDaemon, stopDaemon } from './daemon.js';
import { interrupted, isInterrupted, reasons } from './errors.js';
import { isLent, lendingCommand, needsRight, whyLent } from './lending.js';
import { checkUnit, hasUnit, startUnit } from './systemd.js';
import { serviceState } from './views/service.js';

/** How the daemon comes up, and how it is waited for. */

/** A service that has ended this often does not come up by itself. */
const maxRestarts = 3;
/** Longer than the supervisor gives a service to get healthy. */
export const startDeadlineMs = 150_000;
export const lookEveryMs = 100;

/** The daemon of this installation. */
export const daemonProgram = fileURLToPath(new URL('../supervisor/main.js', import.meta.url));
/** PREFIX/bin/bangerd of an installed tree. */
export const daemonLauncher = fileURLToPath(new URL('../../../../bin/bangerd', import.meta.url));

export function needsRoot(what: string, command: string): BangerError {
  const right = { type: 'RIGHT', subject: 'root', description: `sudo banger ${command}` } as const;
  return hostNotReady(what, [right]);
}

/** Starts a daemon where none runs. */
export async function startNew(ctx: Context): Promise<GetStatusResponse> {
  if (ctx.uid !== 0 && !(await isLent())) return startLent(ctx);
  ctx.progress.show('daemon: starting');
  if (!(await hasUnit(daemonLauncher, ctx.paths))) return startProcess(ctx);
  await startUnit(ctx.signal);
  return cameUp(ctx, checkUnit);
}

/** Asks for the right that a user lacks, once and by its name; the daemon keeps it for netd as long as it runs. */
async function startLent(ctx: Context): Promise<GetStatusResponse> {
  const canAsk = ctx.outputIsTerminal && ctx.liveProgress && (await findProgram('sudo')) !== undefined;
  if (!canAsk) throw needsRight();
  ctx.note(`${whyLent}: sudo asks for it now, for as long as the daemon runs`);
  const program = [process.execPath, ...process.argv.slice(1)];
  const asked = runInForeground(lendingCommand(ctx, process.getgid?.() ?? 0, program));
  if ((await asked.exitCode) !== 0) throw needsRight();
  return healthy(ctx, async () => undefined);
}

async function startProcess(ctx: Context): Promise<GetStatusResponse> {
  const launched = await launch(ctx);
  return cameUp(ctx, () => checkAlive(launched));
}

/** A daemon that we have started, and where its log was then. */
export interface Launched {
  readonly daemon: ProcessIdentity;
  readonly logPath: string;
  readonly logStart: number;
}

/** Starts the daemon of this installation, with `words` as its arguments, as a process that outlives us. */
export async function launch(ctx: Context, words: readonly string[] = []): Promise<Launched> {
  const logPath = daemonLogPath(ctx.paths);
  await ensureFolder(ctx.paths.stateDir);
  await ensureFolder(`${ctx.paths.stateDir}/logs`);
  const logStart = await logSize(logPath);
  const { identity: daemon } = await spawnDetached([process.execPath, daemonProgram, ...words], {
    logPath,
    cwd: '/',
    env: { ...absolute(ctx), [startedByVariable]: 'cli' },
  });
  return { daemon, logPath, logStart };
}

async function cameUp(ctx: Context, check: () => Promise<void>): Promise<GetStatusResponse> {
  try {
    return await healthy(ctx, check);
  } catch (error) {
    if (isInterrupted(error)) throw stillStarting();
    // What did not come up whole is not left half up.
    await stopDaemon(ctx).catch(() => undefined);
    throw error;
  }
}

/** The daemon has a working directory of its own: what was said relative to ours means the same there. */
export function absolute({ paths: { stateDir, runDir, configFile }, env }: Context): Record<string, string> {
  return {
    ...(env.BANGER_RUNTIME_DIR && { BANGER_RUNTIME_DIR: resolve(env.BANGER_RUNTIME_DIR) }),
    BANGER_STATE_DIR: resolve(stateDir),
    BANGER_RUN_DIR: resolve(runDir),
    BANGER_CONFIG: resolve(configFile),
  };
}

/** Looks until all services are healthy; `check` throws when there is nothing left to wait for. */
export async function healthy(ctx: Context, check: () => Promise<void>): Promise<GetStatusResponse> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    await check();
    const status = await findDaemon(ctx);
    if (status !== undefined) {
      if (status.services.every(({ state }) => state === ServiceState.HEALTHY)) return status;
      ctx.progress.show(status.services.map((service) => `${service.name}: ${serviceState(service)}`).join(', '));
      const late = performance.now() > deadline;
      if (status.services.some(staysDown) && (late || status.services.every(hasSettled))) throw notStarted(status);
    }
    if (performance.now() > deadline) throw tooSlow(ctx);
    await delay(lookEveryMs, ctx.signal);
  }
}

/** Whether it has been healthy or has failed: whoever mends all that failed is not sent back for the next. */
function hasSettled(service: Service): boolean {
  return service.state === ServiceState.HEALTHY || hasFailed(service);
}

function hasFailed({ state, lastExit }: Service): boolean {
  return state !== ServiceState.HEALTHY && lastExit !== '';
}

/** A wrong configuration stays wrong; everything else may pass. */
function staysDown({ state, restartCount, lastExit }: Service): boolean {
  if (state !== ServiceState.BACKOFF) return false;
  return restartCount >= maxRestarts || lastExit.startsWith('wrong configuration');
}

/** Throws when the daemon has ended while we wait for it, with its own words. */
async function checkAlive(launched: Launched): Promise<void> {
  if (isAlive(launched.daemon)) return;
  const why = await wordsOf(launched);
  const { logPath } = launched;
  const message = `cannot start the daemon: ${why}; its log is ${logPath}`;
  throw new BangerError('wrong-state', reasons.DAEMON_NOT_STARTED, message, { metadata: { why, logPath } });
}

/** Why a daemon that we have started has ended, in its own words. */
export async function wordsOf({ logPath, logStart }: Launched): Promise<string> {
  return lastWords(await readLogTail(logPath, logStart)) ?? 'it ended without a word';
}

/** Tells of every service that failed, with a line for each reason: a mistake that stops them all is said once. */
function notStarted({ services }: GetStatusResponse): BangerError {
  const failed = services.filter(hasFailed);
  const whys = [...new Set(failed.map(({ lastExit }) => lastExit))];
  const fields = whys.map((why) => failureLine(failed.filter(({ lastExit }) => lastExit === why)));
  const verb = failed.length > 1 ? 'do' : 'does';
  const infix = fields.length > 1 ? '' : ` ${verb} not come up`;
  const text = fields.map(({ field, description }) => `${field}${infix}: ${description}`).join('; ');
  const metadata = {
    service: failed.map(({ name }) => name).join(', '),
    why: whys.join('; '),
    logPath: failed.map(({ logPath }) => logPath).join(', '),
  };
  const options = { metadata, fields: fields.length > 1 ? fields : [] };
  return new BangerError('wrong-state', reasons.DAEMON_NOT_STARTED, `cannot start the daemon: ${text}`, options);
}

/** What services that ended for the same reason have to say. */
function failureLine(alike: readonly Service[]): FieldViolation {
  const logs = alike.map(({ logPath }) => logPath).join(', ');
  const where = alike.length > 1 ? `their logs are ${logs}` : `its log is ${logs}`;
  return { field: alike.map(({ name }) => name).join(', '), description: `${alike[0]?.lastExit}; ${where}` };
}

function tooSlow(ctx: Context): BangerError {
  const message =
    `cannot start the daemon: not all services were healthy after ${startDeadlineMs / 1000} s; ` +
    `their logs are in ${ctx.paths.stateDir}/logs`;
  return new BangerError('unavailable', reasons.DAEMON_NOT_STARTED, message);
}

function stillStarting(): BangerError {
  return interrupted(
    'the daemon goes on starting; look with `banger daemon status`, or end it with `banger daemon stop`',
  );
}
