import { BangerError } from '../../lib/errors.js';
import { readTextIfExists } from '../../lib/host/files.js';
import type { Context } from '../context.js';
import { reasons } from '../errors.js';

/** The file that vmm keeps for ssh. Fails with SSH_KEY_UNREADABLE when this user may not read it. */
export async function managedConfig(ctx: Context): Promise<string> {
  const vmm = await ctx.clients.vmm();
  const { configFile } = await vmm.getSshFiles({}, { signal: ctx.signal });
  await readTextIfExists(configFile).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(configFile, cause);
  });
  return configFile;
}

function unreadable(path: string, cause: NodeJS.ErrnoException): BangerError {
  const message =
    `cannot have ssh read ${path}: ${cause.code ?? cause.message}; the key of a daemon is for the user that it runs as: ` +
    'use sudo, or `banger vm exec` and `banger vm cp`, which need no key';
  return new BangerError('wrong-state', reasons.SSH_KEY_UNREADABLE, message, { metadata: { path }, cause });
}
