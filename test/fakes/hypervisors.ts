import type { Observation } from '../../lib/finding.js';
import type { Hypervisors, LaunchPlan, Machine } from '../../services/vmm/app/ports.js';
import type { HypervisorsReport } from '../../services/vmm/domain/choice.js';
import type { OwnEnd } from '../../services/vmm/domain/restart.js';
import type { FoundMachine, Traces } from '../../services/vmm/domain/traces.js';
import type { ChosenHypervisor, HypervisorKind, HypervisorWish } from '../../services/vmm/domain/vm.js';
import type { Faults } from './faults.js';
import { FakeHypervisor, FakeHypervisorHost, fakeVersion } from './hypervisor.js';

const softwareQemu: ChosenHypervisor = {
  kind: 'qemu',
  acceleration: 'tcg',
  version: fakeVersion,
  jailed: false,
  reason: 'a fake has no KVM',
};

/** All hypervisors of the fake host. The one that a VM wishes for, or `chosen`. */
export class FakeHypervisors implements Hypervisors {
  chosen = softwareQemu;
  /** What keeps VMs from being started. */
  lacking: readonly Observation[] = [];
  readonly #backend: FakeHypervisor;

  constructor(host = new FakeHypervisorHost()) {
    this.#backend = new FakeHypervisor(host);
  }

  get host(): FakeHypervisorHost {
    return this.#backend.host;
  }

  get faults(): Faults {
    return this.#backend.faults;
  }

  async describe(): Promise<HypervisorsReport> {
    const absent = { ok: false, detail: 'a fake has none', remedy: 'use a real host' };
    return { chosen: this.chosen, missing: [], reports: [await this.#backend.inspect()], kvm: absent, jailer: absent };
  }

  async missing(_wish: HypervisorWish): Promise<readonly Observation[]> {
    await this.faults.at('missing');
    return this.lacking;
  }

  async choose(_what: string, wish: HypervisorWish, _kernel: unknown, signal?: AbortSignal): Promise<ChosenHypervisor> {
    await this.faults.at('choose', signal);
    return wish === 'any' ? this.chosen : { ...this.chosen, kind: wish };
  }

  launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine> {
    return this.#backend.launch(plan, signal);
  }

  find(): Promise<FoundMachine[]> {
    return this.#backend.find();
  }

  look(): Promise<Traces> {
    return this.#backend.look();
  }

  adopt(found: FoundMachine, name: string): Promise<Machine | undefined> {
    return this.#backend.adopt(found, name);
  }

  lastEnd(_kind: HypervisorKind, uid: string): Promise<OwnEnd | undefined> {
    return this.#backend.lastEnd(uid);
  }
}
