import { join } from 'node:path';
import { pollUntil } from '../../../../lib/clock.js';
import { isBangerError } from '../../../../lib/errors.js';
import { ensureFolder, mkdtemp, readTextIfExists, removePath, writeFile } from '../../../../lib/host/files.js';
import { isAlive, signalProcess, waitGone } from '../../../../lib/host/process.js';
import { type DetachedProcess, spawnDetached } from '../../../../lib/host/spawn.js';
import type { BootKernel } from '../../app/ports.js';
import { probeArgs, probeMarker } from '../../domain/boot-args.js';
import { trialArgs } from './args.js';

export interface Trial {
  /** The program, absolute. */
  readonly program: string;
  /** A folder for what the trial needs while it lasts. */
  readonly folder: string;
  readonly kernel: BootKernel;
  readonly signal?: AbortSignal;
}

/** A guest that says its marker takes a fraction of this on KVM that works. */
const trialMs = 5_000;
const killMs = 30_000;

/**
 * Boots a guest with no disks and no network until it says its marker. Returns what went wrong, undefined when nothing
 * did. The guest's power-off would leave the process alive: it is always killed.
 */
export async function tryFirecracker({ program, folder, kernel, signal }: Trial): Promise<string | undefined> {
  await ensureFolder(folder);
  const own = await mkdtemp(join(folder, 'trial-'));
  const [config, output] = [join(own, 'config.json'), join(own, 'output')];
  let process: DetachedProcess | undefined;
  try {
    await writeFile(config, JSON.stringify(trialConfig(kernel)));
    process = await spawnDetached(trialArgs(program, config), { logPath: output });
    return await outcome(process, output, signal);
  } finally {
    if (process && signalProcess(process.identity, 'SIGKILL')) await waitGone(process.identity, killMs);
    await removePath(own);
  }
}

/** The keys are those of the API's paths: docs/getting-started of Firecracker. */
function trialConfig({ vmlinuxPath, initrdPath }: BootKernel): object {
  return {
    'boot-source': { kernel_image_path: vmlinuxPath, initrd_path: initrdPath, boot_args: probeArgs('firecracker') },
    'machine-config': { vcpu_count: 1, mem_size_mib: 128 },
    drives: [],
  };
}

async function outcome({ identity }: DetachedProcess, path: string, signal?: AbortSignal): Promise<string | undefined> {
  const seen = async () => {
    // Looked at before the output, which is complete once the process is gone.
    const isOver = !isAlive(identity);
    const text = (await readTextIfExists(path)) ?? '';
    if (text.includes(probeMarker)) return 'marker';
    return isOver && `it ended: ${text.trim().split('\n').at(-1) || 'without a word'}`;
  };
  try {
    const result = await pollUntil(seen, {
      what: 'the guest says its marker',
      timeoutMs: trialMs,
      everyMs: 20,
      signal,
    });
    return result === 'marker' ? undefined : result;
  } catch (error) {
    if (!isBangerError(error)) throw error;
    return `its guest gave no sign of life within ${trialMs / 1000} s`;
  }
}
