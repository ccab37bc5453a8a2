import type { ChosenHypervisor } from './vm.js';

/** What the host shows of its KVM without starting anything. */
export interface KvmFacts {
  /** Why /dev/kvm cannot be opened for reading and writing; undefined when it can. */
  readonly deviceProblem?: string;
  /** Whether the processor's flags have vmx or svm. */
  readonly hasVirtualisation: boolean;
  /** Whether the loaded KVM is the kind for hosts without virtualisation, which ordinary guests do not boot on. */
  readonly isPvm: boolean;
}

/** What a trial boot showed. `problem` is undefined when the guest came up. */
export interface KvmTrial {
  readonly problem?: string;
}

export type AccelerationSetting = 'auto' | 'kvm' | 'tcg';

/** Why KVM is out of the question; undefined when a trial boot has to tell. */
export function kvmObstacle(facts: KvmFacts): string | undefined {
  if (facts.deviceProblem !== undefined) return facts.deviceProblem;
  if (!facts.hasVirtualisation) return 'the processor shows neither vmx nor svm';
  if (facts.isPvm) return 'kvm_pvm is loaded, which cannot boot an ordinary guest';
  return undefined;
}

/** KVM when it is there and a guest boots on it, else software. A setting that names one is obeyed. */
export function chooseAcceleration(setting: AccelerationSetting, facts: KvmFacts, trial?: KvmTrial): ChosenHypervisor {
  const kind = 'qemu' as const;
  if (setting !== 'auto') return { kind, acceleration: setting, reason: 'the configuration says so' };
  const obstacle = kvmObstacle(facts);
  if (obstacle !== undefined) return { kind, acceleration: 'tcg', reason: `no KVM: ${obstacle}` };
  if (trial === undefined) {
    return { kind, acceleration: 'kvm', reason: 'KVM is there; the first start of a vm proves it with a trial boot' };
  }
  if (trial.problem !== undefined)
    return { kind, acceleration: 'tcg', reason: `KVM failed a trial boot: ${trial.problem}` };
  return { kind, acceleration: 'kvm', reason: 'KVM is there and a trial boot succeeded' };
}
