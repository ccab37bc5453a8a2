import { BangerError, commonReasons, hostNotReady, isBangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import { findProgram, missingTools, type Tool } from '../../../lib/host/preflight.js';
import { diskFailed } from '../domain/errors.js';

const e2fsprogs = (program: string): Tool => ({ program, debianPackage: 'e2fsprogs' });
const opensshClient = (program: string, without?: string): Tool => ({
  program,
  debianPackage: 'openssh-client',
  ...(without !== undefined && { without }),
});

/** To make keys: the managed one, and a guest's own. */
export const keyTools: readonly Tool[] = [opensshClient('ssh-keygen')];
/** What every start of a VM needs, whichever hypervisor runs it. */
export const startTools: readonly Tool[] = [
  e2fsprogs('mke2fs'),
  ...keyTools,
  opensshClient('ssh', 'a guest that does not hear its power button is ended at the end of its grace'),
];
/** What growing a work disk needs: on the host while the VM is stopped, in the guest while it runs. */
export const growTools: readonly Tool[] = [
  ...['mke2fs', 'e2fsck', 'resize2fs'].map(e2fsprogs),
  opensshClient('ssh', "a running vm's work disk grows at its next start"),
];

/** Where one of the programs is; PATH may lack the system folders. */
export async function programPath(what: string, tool: Tool): Promise<string> {
  const path = await findProgram(tool.program);
  if (path === undefined) throw hostNotReady(what, await missingTools([tool]));
  return path;
}

export interface DiskCommandOptions {
  readonly signal?: AbortSignal;
  readonly okExitCodes?: readonly number[];
}

/** Making and checking the file system of a very large sparse file takes a while. */
const diskCommandMs = 10 * 60_000;

/** Runs a program of e2fsprogs. Fails with DISK_FAILED, or with STORAGE_UNWRITABLE when the host's disk is full. */
export async function runDiskCommand(
  what: string,
  [program, ...args]: readonly [string, ...string[]],
  options: DiskCommandOptions = {},
): Promise<void> {
  const path = await programPath(what, { program, debianPackage: 'e2fsprogs' });
  try {
    await runCommand([path, ...args], { ...options, timeoutMs: diskCommandMs });
  } catch (error) {
    if (!isBangerError(error, commonReasons.COMMAND_FAILED)) throw error;
    throw /no space left on device/i.test(error.message)
      ? diskFull(what, error)
      : diskFailed(what, error.message, error);
  }
}

function diskFull(what: string, cause: unknown): BangerError {
  const message = `cannot ${what}: the disk is full; free some space or move the state directory with BANGER_STATE_DIR`;
  return new BangerError('exhausted', commonReasons.STORAGE_UNWRITABLE, message, { cause });
}
