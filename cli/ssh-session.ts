import type { GetSshAccessResponse } from '../gen/banger/vmm/v1/vm_service.js';
import { findProgram } from '../lib/host/preflight.js';
import { runInForeground } from '../lib/host/spawn.js';
import type { Context } from './context.js';
import { requireOwn } from './own-checks.js';

/** Logs in to a VM, with the terminal as it is, and returns ssh's exit code: the command's, or 255 when ssh failed. */
export async function sshSession(
  ctx: Context,
  vm: string,
  access: GetSshAccessResponse,
  command: readonly string[],
): Promise<number> {
  await requireOwn(ctx, `log in to vm ${vm}`, 'ssh');
  const running = runInForeground([(await findProgram('ssh')) ?? 'ssh', ...sshArguments(access, command)]);
  // A terminal sends Ctrl-C to ssh by itself; SIGTERM comes to us alone.
  const takeBack = ctx.yieldInterrupts((signal) => {
    if (signal === 'SIGTERM') running.signal(signal);
  });
  try {
    return await running.exitCode;
  } finally {
    takeBack();
  }
}

/** No configuration, agent or key of the user's takes part, and nothing is asked. */
export function sshArguments(access: GetSshAccessResponse, command: readonly string[]): string[] {
  const settings = {
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    UserKnownHostsFile: access.knownHostsFile,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: access.hostKeyAlias,
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    BatchMode: 'yes',
    ConnectTimeout: '10',
    LogLevel: 'ERROR',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const target = `${access.user}@${access.address}`;
  return ['-F', 'none', '-i', access.identityFile, ...options, '-p', String(access.port), '--', target, ...command];
}
