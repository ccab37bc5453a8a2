import { bad, type Finding, good } from './finding.js';
import { type HypervisorKind, hypervisorKinds } from './vm.js';

/** Whether KVM can be used: what the host shows of it, and what trial boots have shown. */

/** What the host shows of its KVM without starting anything. */
export interface KvmFacts {
  /** The kernel's error code when /dev/kvm was opened for reading and writing; undefined when it opened. */
  readonly deviceError?: string;
  /** The user who tried to. */
  readonly user: string;
  /** Whether the processor's flags have vmx or svm. */
  readonly hasVirtualisation: boolean;
  /** Whether the loaded KVM is the kind for hosts without virtualisation, which ordinary guests do not boot on. */
  readonly isPvm: boolean;
}

/** What a trial boot showed. `problem` is undefined when the guest came up. */
export interface KvmTrial {
  readonly problem?: string;
}

/** A kind that is absent has had no trial. */
export type KvmTrialsByKind = Readonly<Partial<Record<HypervisorKind, KvmTrial>>>;

export type AccelerationSetting = 'auto' | 'kvm' | 'tcg';

const enableIt =
  'enable virtualisation in the firmware, or nested virtualisation where this host is a virtual machine itself';
const notProven = good('KVM is there, and the first start of a vm proves it with a trial boot');

/** Whether this kind of hypervisor can use KVM. A setting that names one is obeyed, as far as it can be. */
export function kvmFor(
  kind: HypervisorKind,
  setting: AccelerationSetting,
  facts: KvmFacts,
  trial: KvmTrial | undefined,
): Finding {
  if (setting === 'tcg') return bad('`acceleration` in [vmm] is "tcg"', 'set it to "auto"');
  if (setting === 'kvm') return deviceObstacle(facts) ?? good('`acceleration` in [vmm] is "kvm"');
  return kvmObstacle(facts) ?? (trial === undefined ? notProven : verdict(kind, trial));
}

/** The same for the host as a whole: a trial that failed is told before one that succeeded. */
export function kvmOverview(facts: KvmFacts, trials: KvmTrialsByKind): Finding {
  const verdicts = hypervisorKinds.flatMap((kind) => {
    const trial = trials[kind];
    return trial === undefined ? [] : [verdict(kind, trial)];
  });
  return kvmObstacle(facts) ?? verdicts.find(({ ok }) => !ok) ?? verdicts[0] ?? notProven;
}

/** Why KVM is out of the question; undefined when a trial boot has to tell. */
function kvmObstacle(facts: KvmFacts): Finding | undefined {
  const device = deviceObstacle(facts);
  if (device) return device;
  if (!facts.hasVirtualisation) return bad('the processor shows neither vmx nor svm', enableIt);
  if (!facts.isPvm) return undefined;
  return bad('kvm_pvm is loaded, which boots no ordinary guest', 'use a host with kvm_intel or kvm_amd in its place');
}

function deviceObstacle({ deviceError, user, hasVirtualisation }: KvmFacts): Finding | undefined {
  if (deviceError === undefined) return undefined;
  if (deviceError === 'EACCES') {
    const join = `join the group kvm with \`sudo usermod -aG kvm ${user}\`, then log in again`;
    return bad(`the user ${user} may not open /dev/kvm`, join);
  }
  if (deviceError === 'EPERM') {
    return bad('/dev/kvm may not be opened in this container', 'start the container with the device /dev/kvm');
  }
  const load = 'load its module with `sudo modprobe kvm_intel` or `sudo modprobe kvm_amd`';
  const why = deviceError === 'ENOENT' ? '/dev/kvm does not exist' : `/dev/kvm cannot be opened (${deviceError})`;
  return bad(why, hasVirtualisation ? load : enableIt);
}

function verdict(kind: HypervisorKind, { problem }: KvmTrial): Finding {
  if (problem === undefined) return good(`KVM passed a trial boot with ${kind}`);
  return bad(
    `KVM failed a trial boot with ${kind}: ${problem}`,
    'the next boot of this host has it tried again, and `acceleration = "kvm"` in [vmm] leaves the trial out',
  );
}
