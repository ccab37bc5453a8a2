import { type BangerError, hostNotReady } from '../lib/errors.js';
import { processRights } from '../lib/host/capabilities.js';
import type { Context } from './context.js';

/** A daemon of a user's own lacks one right: docs/adr/0020-rights-of-services.md says why it is lent, and not installed. */

const right = 'CAP_NET_ADMIN';
/** Why it is needed, for people. */
export const whyLent = `netd makes taps, routes and firewall rules, and that takes ${right}`;

/** What tells a daemon where its places are; sudo forgets all of it. */
const kept = /^(BANGER_\w+|XDG_(STATE|CONFIG|CACHE)_HOME|XDG_RUNTIME_DIR|HOME|PATH|USER|LOGNAME|TERM)$/;

/** Whether what we start has the one right that a user lacks. */
export async function isLent(): Promise<boolean> {
  return (await processRights('self'))?.sets.Amb.includes('net_admin') ?? false;
}

/** Runs `banger daemon start` again as the same user, with that right alone; `gid` is the user's own group. */
export function lendingCommand(
  { env, uid }: Pick<Context, 'env' | 'uid'>,
  gid: number,
  program: readonly string[],
): string[] {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    kept.test(name) && value !== undefined ? [`${name}=${value}`] : [],
  );
  const lend = ['--inh-caps=+net_admin', '--ambient-caps=+net_admin'];
  const asUser = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', ...lend, '--'];
  return ['sudo', '-p', `[sudo] ${right} for netd; password of %p: `, '--', ...asUser, 'env', ...variables, ...program];
}

export function needsRight(): BangerError {
  const description =
    `${whyLent}. On a terminal \`banger daemon start\` asks for it by sudo, once, and lends it to netd alone; ` +
    'or start a daemon of the system: sudo banger daemon start';
  return hostNotReady('start the daemon', [{ type: 'RIGHT', subject: right, description }]);
}
