import { unlessAborted } from '../../../lib/clock.js';
import { readFile, readTextIfExists, writeFileAtomic } from '../../../lib/host/files.js';
import type { BootKernel, Hypervisor } from '../app/ports.js';
import type { HypervisorReport } from '../domain/choice.js';
import type { KvmTrial, KvmTrialsByKind } from '../domain/kvm.js';
import { type HypervisorKind, hypervisorKinds } from '../domain/vm.js';

interface RememberedTrial extends KvmTrial {
  readonly kind: HypervisorKind;
  readonly version: string;
  readonly kernelDigest: string;
}

interface Cache {
  readonly bootId: string;
  readonly trials: readonly RememberedTrial[];
}

/**
 * Trial boots, for a device that opens is not yet one that runs a guest. A verdict holds for one version of one hypervisor
 * with one kernel, until the host boots again.
 */
export class KvmTrials {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cachePath: string,
    private readonly bootIdPath = '/proc/sys/kernel/random/boot_id',
  ) {}

  /**
   * Boots a kernel once with this hypervisor, or remembers what came of it. One trial at a time: several would slow each
   * other down until they fail.
   */
  run(hypervisor: Hypervisor, version: string, kernel: BootKernel, signal?: AbortSignal): Promise<KvmTrial> {
    const before = this.#last;
    const trial = unlessAborted(before, signal).then(() => this.#decide(hypervisor, version, kernel, signal));
    // A failure belongs to who asked; one who no longer waits lets nobody overtake the trial that is on its way.
    this.#last = Promise.allSettled([before, trial]);
    return trial;
  }

  /** The latest verdicts on these versions: with this kernel, or with any. */
  async known(reports: readonly HypervisorReport[], kernelDigest?: string): Promise<KvmTrialsByKind> {
    const { trials } = await this.#read();
    const relevant = trials.filter(
      (trial) =>
        reports.some(({ kind, version }) => trial.kind === kind && trial.version === version) &&
        (kernelDigest === undefined || trial.kernelDigest === kernelDigest),
    );
    return Object.fromEntries(relevant.map(({ kind, problem }) => [kind, { problem }]));
  }

  async #decide(
    hypervisor: Hypervisor,
    version: string,
    kernel: BootKernel,
    signal: AbortSignal | undefined,
  ): Promise<KvmTrial> {
    signal?.throwIfAborted();
    const { kind } = hypervisor;
    const { kernelDigest } = kernel;
    const { bootId, trials } = await this.#read();
    const known = trials.find(
      (trial) => trial.kind === kind && trial.version === version && trial.kernelDigest === kernelDigest,
    );
    if (known) return { problem: known.problem };
    const problem = await hypervisor.tryKvm(kernel, signal);
    const cache: Cache = { bootId, trials: [...trials, { kind, version, kernelDigest, problem }] };
    await writeFileAtomic(this.cachePath, `${JSON.stringify(cache)}\n`);
    return { problem };
  }

  async #read(): Promise<Cache> {
    const bootId = (await readFile(this.bootIdPath, 'utf8')).trim();
    const cache = parsed((await readTextIfExists(this.cachePath)) ?? '{}');
    const trials = cache?.bootId === bootId && Array.isArray(cache.trials) ? cache.trials.filter(isTrial) : [];
    return { bootId, trials };
  }
}

/** A damaged cache is no cache. */
function parsed(text: string): Partial<Cache> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function isTrial(value: Partial<RememberedTrial> | null): value is RememberedTrial {
  const { kind, version, kernelDigest, problem } = value ?? {};
  const texts = [version, kernelDigest, problem ?? ''];
  return hypervisorKinds.some((each) => each === kind) && texts.every((text) => typeof text === 'string');
}
