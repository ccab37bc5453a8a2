import { type BangerError, commonReasons, isBangerError } from '../../../../lib/errors.js';
import { runCommand } from '../../../../lib/host/command.js';
import type { BootKernel } from '../../app/ports.js';
import { probeArgs, probeMarker } from '../../domain/boot-args.js';
import { trialArgs } from './args.js';

/** A guest that says its marker and powers off takes a fraction of this on KVM that works. */
const trialMs = 5_000;

/** Boots our own kernel once with KVM; returns what went wrong, undefined when the guest came up and went. */
export async function tryKvm(program: string, kernel: BootKernel, signal?: AbortSignal): Promise<string | undefined> {
  const argv = trialArgs(program, kernel.vmlinuxPath, kernel.initrdPath, probeArgs('qemu'));
  try {
    const { stdout } = await runCommand(argv, { timeoutMs: trialMs, signal });
    return stdout.includes(probeMarker) ? undefined : 'the guest ended without a sign of life';
  } catch (error) {
    if (!isBangerError(error, commonReasons.COMMAND_FAILED)) throw error;
    return firstLine(error);
  }
}

function firstLine(error: BangerError): string {
  return error.message.split('\n')[0] ?? error.reason;
}
