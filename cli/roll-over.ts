import { type GetStatusResponse, StartedBy } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { delay } from '../lib/clock.js';
import { BangerError, toBangerError } from '../lib/errors.js';
import { runCommand } from '../lib/host/command.js';
import { lastWords } from '../lib/host/log-tail.js';
import { commandLine, isAlive } from '../lib/host/process.js';
import type { Context } from './context.js';
import { findDaemon } from './daemon.js';
import {
  absolute,
  daemonLauncher,
  daemonProgram,
  healthy,
  type Launched,
  launch,
  lookEveryMs,
  needsRoot,
  startDeadlineMs,
  wordsOf,
} from './daemon-start.js';
import { interrupted, isInterrupted, reasons } from './errors.js';
import { checkUnit, hasUnit, mainPid, restartUnit } from './systemd.js';

/** How the services came from one daemon to another. */
export interface RolledOver {
  readonly before: GetStatusResponse;
  readonly after: GetStatusResponse;
  /** For how long each was away, in the order of their start; at most: what the other side of the socket sees is less. */
  readonly gaps: readonly { readonly name: string; readonly gapMs: number }[];
}

/** The new processes are made ready, the old ones drain: all of it within this. */
const checkMs = 120_000;

/** Replaces the daemon that runs by the one of this installation. */
export async function rollOver(ctx: Context, before: GetStatusResponse): Promise<RolledOver> {
  if (ctx.uid !== 0) throw needsRoot('roll the daemon over', 'daemon restart');
  ctx.progress.show('daemon: rolling over');
  if ((await hasUnit(daemonLauncher, ctx.paths)) && (await mainPid()) === before.pid) return throughUnit(ctx, before);
  if (before.startedBy === StartedBy.SYSTEMD || before.startedBy === StartedBy.OTHER) throw startedElsewhere(before);
  const launched = await launch(ctx, ['take-over']);
  try {
    await cameIn(ctx, before, launched);
    const after = await healthy(ctx, async () => undefined);
    return { before, after, gaps: after.services.map(({ name, gapMs }) => ({ name, gapMs })) };
  } catch (error) {
    throw isInterrupted(error) ? goesOn() : notWhole(error);
  }
}

/** Resolves when another daemon than before answers: ours, or one of somebody who was quicker. */
async function cameIn(ctx: Context, before: GetStatusResponse, launched: Launched): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    const isOver = !isAlive(launched.daemon);
    const status = await findDaemon(ctx);
    if (status !== undefined && status.pid !== before.pid) return;
    // Two may come at once: the other one takes over then.
    if (isOver && !status?.handingOver) throw notRolledOver(before, await wordsOf(launched));
    if (performance.now() > deadline)
      throw notRolledOver(before, `it is not complete after ${startDeadlineMs / 1000} s`);
    await delay(lookEveryMs, ctx.signal);
  }
}

/** By systemd: what could keep the new one from coming up is looked for before the old one ends. */
async function throughUnit(ctx: Context, before: GetStatusResponse): Promise<RolledOver> {
  await runCommand([process.execPath, daemonProgram, 'check'], {
    env: absolute(ctx),
    signal: ctx.signal,
    timeoutMs: checkMs,
  }).catch((error) => {
    if (ctx.signal.aborted) throw error;
    const { stderr = '' } = toBangerError(error).metadata;
    throw notRolledOver(before, lastWords(stderr) ?? toBangerError(error).message);
  });
  const since = Date.now();
  await restartUnit(ctx.signal);
  const after = await healthy(ctx, checkUnit).catch((error) => {
    throw isInterrupted(error) ? goesOn() : notWhole(error);
  });
  const gapOf = ({ servingSince }: { servingSince?: Date }) => Math.max(0, (servingSince?.getTime() ?? since) - since);
  return { before, after, gaps: after.services.map((service) => ({ name: service.name, gapMs: gapOf(service) })) };
}

function notRolledOver({ buildId, pid }: GetStatusResponse, why: string): BangerError {
  const message = `cannot roll the daemon over: ${why}; the daemon that runs, build ${buildId}, goes on, and VMs are untouched`;
  return new BangerError('wrong-state', reasons.DAEMON_NOT_ROLLED_OVER, message, {
    metadata: { why, buildId, pid: String(pid) },
  });
}

/** From the first service that has changed hands there is no way back by itself. */
function notWhole(error: unknown): unknown {
  if (!(error instanceof BangerError) || error.reason !== reasons.DAEMON_NOT_STARTED) return error;
  const why = error.message.replace(/^cannot start the daemon: /, '');
  const message =
    `the daemon has rolled over, but not all of it is up: ${why}; VMs are untouched; the daemon tries again by itself; ` +
    'when it does not come up, install the former version and run `banger daemon restart`';
  return new BangerError('wrong-state', reasons.DAEMON_NOT_ROLLED_OVER, message, {
    metadata: error.metadata,
    fields: error.fields,
  });
}

function startedElsewhere({ pid, startedBy }: GetStatusResponse): BangerError {
  const words = commandLine(pid)?.join(' ') ?? '';
  const advice =
    startedBy === StartedBy.SYSTEMD
      ? 'restart its unit with `systemctl restart`'
      : 'restart it there, or run `banger daemon stop` and `banger daemon start`';
  const message = `cannot roll the daemon over: neither banger nor its unit started process ${pid} (${words}); ${advice}`;
  return new BangerError('wrong-state', reasons.DAEMON_NOT_ROLLED_OVER, message, { metadata: { pid: String(pid) } });
}

function goesOn(): BangerError {
  return interrupted('the roll-over goes on; look with `banger daemon status`');
}
