import { hostNotReady } from '../lib/errors.js';
import { type CheckHost, findAll, lacksOf, type Purpose } from '../lib/finding.js';
import { lookForTools } from '../lib/host/preflight.js';
import type { Context } from './context.js';

/** What the CLI itself runs on this host, with no service: it tells of it even when all of them are down. */

const sshTools = [{ program: 'ssh', debianPackage: 'openssh-client' }];
const bundleTools = [
  {
    program: 'zstd',
    debianPackage: 'zstd',
    without: 'bundles that zstd has packed cannot be unpacked, those of gzip can',
  },
];

/** Looks with the system whose settings are meant, see `systemOf`. */
export const ownCheck = (ctx: Pick<Context, 'env'>): CheckHost => {
  const looks = {
    ssh: () => lookForTools(sshTools),
    bundle: () => lookForTools(bundleTools),
    dns: async () => [await (await import('./resolver/wired.js')).lookForWiring(ctx)],
  };
  return (wanted) => findAll(looks, wanted);
};

/** Fails with HOST_NOT_READY, naming all that is missing at once. `what` completes "cannot …". */
export async function requireOwn(ctx: Pick<Context, 'env'>, what: string, purpose: Purpose): Promise<void> {
  const missing = lacksOf(await ownCheck(ctx)([purpose]));
  if (missing.length > 0) throw hostNotReady(what, missing);
}
