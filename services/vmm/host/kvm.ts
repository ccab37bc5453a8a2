import { type BangerError, commonReasons, isBangerError } from '../../../lib/errors.js';
import { runCommand } from '../../../lib/host/command.js';
import { open, pathExists, readFile, readTextIfExists, writeFileAtomic } from '../../../lib/host/files.js';
import type { BootKernel } from '../app/ports.js';
import type { KvmFacts, KvmTrial } from '../domain/acceleration.js';
import { probeArgs, probeMarker } from '../domain/boot-args.js';
import { trialArgs } from './qemu-args.js';

/** What /dev/kvm, the processor and the modules say. Starts nothing. */
export async function kvmFacts(): Promise<KvmFacts> {
  const [deviceProblem, cpuInfo, isPvm] = await Promise.all([
    deviceProblemOf('/dev/kvm'),
    readFile('/proc/cpuinfo', 'utf8'),
    pathExists('/sys/module/kvm_pvm'),
  ]);
  return { deviceProblem, hasVirtualisation: /^flags\s*:.*\b(vmx|svm)\b/m.test(cpuInfo), isPvm };
}

async function deviceProblemOf(path: string): Promise<string | undefined> {
  try {
    await (await open(path, 'r+')).close();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `${path} does not exist`;
    if (code === 'EACCES' || code === 'EPERM') return `${path} may not be opened; join the group kvm`;
    return `${path} cannot be opened (${code})`;
  }
}

export interface TrialRequest {
  readonly program: string;
  readonly version: string;
  readonly kernel: BootKernel;
  readonly signal?: AbortSignal;
}

/** A guest that says its marker and powers off takes a fraction of this on KVM that works. */
const trialMs = 5_000;

/**
 * Boots our own kernel once with KVM, for a device that opens is not yet one that runs a guest. The verdict is kept until
 * the host boots again or QEMU or the kernel is another one.
 */
export class KvmTrials {
  constructor(private readonly cachePath: string) {}

  async run(request: TrialRequest): Promise<KvmTrial> {
    const key = await cacheKey(request);
    const known = await this.#remembered(key);
    if (known) return known;
    const trial = await bootOnce(request);
    await writeFileAtomic(this.cachePath, `${JSON.stringify({ key, ...trial })}\n`);
    return trial;
  }

  async #remembered(key: string): Promise<KvmTrial | undefined> {
    const text = await readTextIfExists(this.cachePath);
    try {
      const cached = JSON.parse(text ?? '{}') as KvmTrial & { key?: string };
      return cached.key === key ? { problem: cached.problem } : undefined;
    } catch {
      // A damaged cache is no cache.
      return undefined;
    }
  }
}

async function cacheKey({ version, kernel }: TrialRequest): Promise<string> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return [bootId, version, kernel.kernelDigest].join(' ');
}

async function bootOnce({ program, kernel, signal }: TrialRequest): Promise<KvmTrial> {
  const argv = trialArgs(program, kernel.vmlinuxPath, kernel.initrdPath, probeArgs);
  try {
    const { stdout } = await runCommand(argv, { timeoutMs: trialMs, signal });
    return stdout.includes(probeMarker) ? {} : { problem: 'the guest ended without a sign of life' };
  } catch (error) {
    if (!isBangerError(error, commonReasons.COMMAND_FAILED)) throw error;
    return { problem: firstLine(error) };
  }
}

function firstLine(error: BangerError): string {
  return error.message.split('\n')[0] ?? error.reason;
}
