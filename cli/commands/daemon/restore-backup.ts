import { fileURLToPath } from 'node:url';
import { BangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import { serviceNames } from '../../../lib/paths.js';
import type { Context } from '../../context.js';
import { findDaemon } from '../../daemon.js';
import { absolute, needsRoot } from '../../daemon-start.js';
import { defineCommand } from '../../define-command.js';
import { reasons } from '../../errors.js';

/** One database: lib/store/backup.ts. */
interface Report {
  readonly path: string;
  readonly state: 'fits' | 'restorable' | 'no-backup';
  readonly lost: readonly string[];
}

export const command = defineCommand({
  summary: 'Put databases of a newer banger back as they were before',
  description:
    'For a downgrade, with the daemon stopped. A newer banger keeps a copy of each database that it changes; this one takes ' +
    'that copy up again and keeps the newer database beside it, as NAME.newer. What has changed since is told, and is given ' +
    'up only with --discard-changes: VMs that were made since are unknown then: delete them before, with the newer banger.',
  options: {
    'discard-changes': { type: 'flag', summary: 'Give up what has changed since the copies were made' },
  },
  examples: [
    ['daemon restore-backup', 'after a downgrade: puts back what loses nothing'],
    ['daemon restore-backup --discard-changes', 'also when something is lost'],
  ],
  async run(ctx, call) {
    if (ctx.uid !== 0) throw needsRoot('put databases back', 'daemon restore-backup');
    if (await findDaemon(ctx)) throw refused('the daemon runs; stop it with `banger daemon stop`');
    const reports = await askAll(ctx, 'look-at-backup');
    refuseLoss(reports, call.options['discard-changes']);
    await askAll(ctx, 'restore-backup');
    const restored = reports.filter(({ state }) => state === 'restorable');
    return { json: restored, text: () => told(restored) };
  },
});

/** Each service knows its own databases. */
async function askAll(ctx: Context, verb: string): Promise<Report[]> {
  const reports: Report[] = [];
  for (const name of serviceNames) {
    const program = fileURLToPath(new URL(`../services/${name}/main.js`, import.meta.url));
    const { stdout } = await runCommand([process.execPath, program, verb], { env: absolute(ctx), signal: ctx.signal });
    reports.push(...(JSON.parse(stdout) as Report[]));
  }
  return reports;
}

function refuseLoss(reports: readonly Report[], discard: boolean): void {
  const without = reports.filter(({ state }) => state === 'no-backup').map(({ path }) => path);
  if (without.length > 0) {
    throw refused(
      `${without.join(', ')} is from a newer banger, and there is no copy of before; install that one again`,
    );
  }
  const lost = reports.flatMap(({ path, lost }) => lost.map((line) => ({ field: path, description: line })));
  if (lost.length === 0 || discard) return;
  const text = lost.map(({ field, description }) => `${field}: ${description}`).join('; ');
  const message = `cannot put databases back without a loss: ${text}; give it up with --discard-changes`;
  throw new BangerError('wrong-state', reasons.BACKUP_NOT_RESTORED, message, { fields: lost });
}

function refused(why: string): BangerError {
  return new BangerError('wrong-state', reasons.BACKUP_NOT_RESTORED, `cannot put databases back: ${why}`);
}

function told(restored: readonly Report[]): string {
  if (restored.length === 0) return 'nothing to do: no database is from a newer banger';
  return restored.map(({ path }) => `${path} is as it was before; the newer one is ${path}.newer`).join('\n');
}
