import { hostNotReady } from '../../../lib/errors.js';
import { lacksOf, type Observation } from '../../../lib/finding.js';
import type { BootKernel, Hypervisor, Hypervisors, LaunchPlan, Machine } from '../app/ports.js';
import {
  type ChoiceFacts,
  type ChoiceSettings,
  chooseHypervisor,
  describeHypervisors,
  type HypervisorsReport,
} from '../domain/choice.js';
import type { Finding } from '../domain/finding.js';
import type { KvmFacts } from '../domain/kvm.js';
import type { OwnEnd } from '../domain/restart.js';
import type { FoundMachine, Traces } from '../domain/traces.js';
import { type ChosenHypervisor, type HypervisorKind, type HypervisorWish, hypervisorKinds } from '../domain/vm.js';
import type { KvmTrials } from './kvm-trials.js';

export interface HypervisorsOptions {
  readonly settings: ChoiceSettings;
  readonly backends: Readonly<Record<HypervisorKind, Hypervisor>>;
  readonly trials: KvmTrials;
  readonly kvm: () => Promise<KvmFacts>;
  /** Whether Firecracker is put in a jail on this host, and why. */
  readonly jailer: () => Promise<Finding>;
}

/** The hypervisors of this host behind one door: which one a VM gets, and to which one a process belongs. */
export class HostHypervisors implements Hypervisors {
  constructor(private readonly options: HypervisorsOptions) {}

  async describe(): Promise<HypervisorsReport> {
    return describeHypervisors(this.options.settings, await this.#facts());
  }

  async missing(wish: HypervisorWish): Promise<readonly Observation[]> {
    const choice = chooseHypervisor(wish, this.options.settings, await this.#facts());
    return 'missing' in choice ? choice.missing : [];
  }

  async choose(
    what: string,
    wish: HypervisorWish,
    kernel: BootKernel,
    signal?: AbortSignal,
  ): Promise<ChosenHypervisor> {
    const { settings, backends, trials } = this.options;
    for (let facts = await this.#facts(kernel); ; ) {
      signal?.throwIfAborted();
      const choice = chooseHypervisor(wish, settings, facts);
      if ('missing' in choice) throw hostNotReady(what, lacksOf(choice.missing));
      const { chosen } = choice;
      if (!this.#mustProve(chosen, facts)) return chosen;
      const trial = await trials.run(backends[chosen.kind], chosen.version, kernel, signal);
      facts = { ...facts, trials: { ...facts.trials, [chosen.kind]: trial } };
    }
  }

  launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    return this.options.backends[plan.hypervisor].launch(plan, signal);
  }

  async find(): Promise<FoundMachine[]> {
    return (await Promise.all(this.#all().map((backend) => backend.find()))).flat();
  }

  async look(): Promise<Traces> {
    const traces = await Promise.all(this.#all().map((backend) => backend.look()));
    return {
      machines: traces.flatMap(({ machines }) => machines),
      leftovers: traces.flatMap(({ leftovers }) => leftovers),
    };
  }

  adopt(found: FoundMachine, name: string): Promise<Machine | undefined> {
    return this.options.backends[found.kind].adopt(found, name);
  }

  lastEnd(kind: HypervisorKind, uid: string): Promise<OwnEnd | undefined> {
    return this.options.backends[kind].lastEnd(uid);
  }

  #all(): Hypervisor[] {
    return hypervisorKinds.map((kind) => this.options.backends[kind]);
  }

  /** With a kernel, only trials of that one count. */
  async #facts(kernel?: BootKernel): Promise<ChoiceFacts> {
    const [reports, kvm, jailer] = await Promise.all([
      Promise.all(this.#all().map((backend) => backend.inspect())),
      this.options.kvm(),
      this.options.jailer(),
    ]);
    const trials = await this.options.trials.known(reports, kernel?.kernelDigest);
    return { reports, kvm, jailer, trials, ...(kernel && { kernelHasPvh: kernel.kernelHasPvh }) };
  }

  #mustProve({ kind, acceleration }: ChosenHypervisor, facts: ChoiceFacts): boolean {
    return acceleration === 'kvm' && this.options.settings.acceleration === 'auto' && facts.trials[kind] === undefined;
  }
}
