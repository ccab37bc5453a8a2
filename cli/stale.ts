import { buildId } from '../lib/build.js';
import { readDaemonFile } from '../lib/daemon-file.js';
import { BangerError, toBangerError } from '../lib/errors.js';
import type { Context } from './context.js';
import { isInterrupted } from './errors.js';

/**
 * A stale daemon runs another build than this CLI: after an upgrade, until it is rolled over. Commands that use its services
 * do that themselves when they may, and otherwise say what to do. Without a stale daemon this costs the reading of one small
 * file.
 */

/** Commands that are about the daemon itself, or do without it. */
const aside = ['daemon', 'bundle', 'internal', 'version', 'doctor'];
/** `never`: a daemon of another build is left as it is, and nothing is said. */
const variable = 'BANGER_ROLL_OVER';

/** Before a command: rolls a stale daemon over, or tells of it. Whatever comes of that, the command goes on. */
export async function mendStaleDaemon(ctx: Context, path: string): Promise<void> {
  if (aside.includes(path.split(' ')[0] ?? '') || ctx.env[variable] === 'never') return;
  const daemon = readDaemonFile(ctx.paths);
  if (daemon === undefined || daemon.buildId === buildId) return;
  const stale = `the daemon runs build ${daemon.buildId}, and this is ${buildId}`;
  // Brings gRPC in, and all that starting a daemon needs.
  const { daemonProgram } = await import('./daemon-start.js');
  if (ctx.uid !== 0) return ctx.note(`note: ${stale}; roll it over with \`sudo banger daemon restart\``);
  if (daemon.program !== daemonProgram) {
    return ctx.note(`note: ${stale}; it belongs to another installation, ${daemon.program}`);
  }
  if (daemon.startedBy !== 'cli') return ctx.note(`note: ${stale}; roll it over with \`banger daemon restart\``);
  await mend(ctx, stale);
}

async function mend(ctx: Context, stale: string): Promise<void> {
  const { findDaemon } = await import('./daemon.js');
  const { rollOver } = await import('./roll-over.js');
  try {
    const before = await findDaemon(ctx);
    if (before === undefined || before.buildId === buildId) return;
    const { gaps } = await rollOver(ctx, before);
    const longest = Math.max(...gaps.map(({ gapMs }) => gapMs));
    ctx.progress.end();
    ctx.note(`note: ${stale}: it is rolled over; no service was away for more than ${longest} ms`);
  } catch (error) {
    if (isInterrupted(error) || !(error instanceof BangerError)) throw error;
    ctx.progress.end();
    ctx.note(`note: ${stale}; ${toBangerError(error).message}`);
  }
}
