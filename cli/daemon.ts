import type { GetStatusResponse } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { BangerError, commonReasons, isBangerError } from '../lib/errors.js';
import { identify, waitGone } from '../lib/host/process.js';
import type { Paths } from '../lib/paths.js';
import type { Context } from './context.js';
import { isInterrupted, reasons } from './errors.js';

/** The daemon as its commands see it. */

/** Four services that need all the time they may have, and the supervisor itself. */
const stopDeadlineMs = 90_000;

/** Where the daemon writes; its services' logs are beside it. */
export function daemonLogPath(paths: Paths): string {
  return `${paths.stateDir}/logs/supervisor.log`;
}

/** How the daemon is; undefined when none answers. */
export async function findDaemon(ctx: Context): Promise<GetStatusResponse | undefined> {
  const supervisor = await ctx.clients.supervisor();
  return supervisor.getStatus({}, { signal: ctx.signal }).catch((error) => {
    if (isBangerError(error, commonReasons.SERVICE_UNREACHABLE)) return undefined;
    throw error;
  });
}

/** What somebody else than root must know when no daemon answers: root's sockets are out of reach. */
export function hiddenFrom(uid: number, verb: string): string {
  return uid === 0
    ? ''
    : `\nOne that root started answers only to root and to the group of its sockets: sudo banger daemon ${verb}`;
}

/** Stops the daemon and its services and waits until they are gone; returns its pid, or undefined when none ran. */
export async function stopDaemon(ctx: Context): Promise<number | undefined> {
  const status = await findDaemon(ctx);
  if (status === undefined) return undefined;
  const daemon = identify(status.pid);
  const supervisor = await ctx.clients.supervisor();
  ctx.progress.show('daemon: stopping');
  await supervisor.shutdown({}, { signal: ctx.signal });
  if (daemon) {
    await waitGone(daemon, stopDeadlineMs, ctx.signal).catch((error) => {
      throw isInterrupted(error) ? error : notStopped(status.pid, ctx.paths);
    });
  }
  return status.pid;
}

function notStopped(pid: number, paths: Paths): BangerError {
  const message =
    `cannot stop the daemon: process ${pid} still runs after ${stopDeadlineMs / 1000} s; ` +
    `its log is ${daemonLogPath(paths)}`;
  return new BangerError('unavailable', reasons.DAEMON_NOT_STOPPED, message, { metadata: { pid: String(pid) } });
}
