import type { Observation } from '../../../lib/finding.js';
import type { Finding } from './finding.js';
import type { JailSetting } from './jail.js';
import { type AccelerationSetting, type KvmFacts, type KvmTrialsByKind, kvmFor, kvmOverview } from './kvm.js';
import { type ChosenHypervisor, type HypervisorKind, type HypervisorWish, hypervisorKinds } from './vm.js';

/** Which hypervisor a VM gets, and why. Pure: host/hypervisors.ts gathers the facts. */

/** What one kind of hypervisor is on this host. */
export interface HypervisorReport {
  readonly kind: HypervisorKind;
  /** Its program, absolute; empty when it was not found. */
  readonly program: string;
  /** Empty when it was not found. */
  readonly version: string;
  /** Whether VMs can use it, KVM aside. */
  readonly usable: Finding;
}

/** What the configuration says. */
export interface ChoiceSettings {
  readonly hypervisor: HypervisorWish;
  readonly acceleration: AccelerationSetting;
  readonly jail: JailSetting;
}

/** All that is known of the host. */
export interface ChoiceFacts {
  readonly reports: readonly HypervisorReport[];
  readonly kvm: KvmFacts;
  readonly trials: KvmTrialsByKind;
  /** Whether Firecracker is put in a jail. */
  readonly jailer: Finding;
  /** Whether the kernel that is to be booted has the PVH entry; absent when there is no certain kernel. */
  readonly kernelHasPvh?: boolean;
}

export interface HypervisorsReport {
  /** What a VM gets that leaves the choice to this host; absent when there is none. */
  readonly chosen?: ChosenHypervisor;
  /** What each kind lacks when there is none. */
  readonly missing: readonly Observation[];
  readonly reports: readonly HypervisorReport[];
  readonly kvm: Finding;
  readonly jailer: Finding;
}

/** A choice, or why there is none: what each candidate lacks. */
export type Choice = { readonly chosen: ChosenHypervisor } | { readonly missing: readonly Observation[] };

/** What a VM with this wish gets. The wish beats the configuration, which beats the order of preference. */
export function chooseHypervisor(wish: HypervisorWish, settings: ChoiceSettings, facts: ChoiceFacts): Choice {
  const named = wish === 'any' ? settings.hypervisor : wish;
  const refusals: Refusal[] = [];
  for (const kind of named === 'any' ? hypervisorKinds : [named]) {
    const candidate = candidateOf(kind, settings, facts);
    if ('chosen' in candidate) {
      const reason = `${whyThisKind(wish, named, refusals, candidate)}; ${howOf(candidate)}`;
      return { chosen: { ...candidate.chosen, reason } };
    }
    refusals.push(candidate);
  }
  return { missing: missingOf(named, refusals) };
}

/** All that is to be said of this host. */
export function describeHypervisors(settings: ChoiceSettings, facts: ChoiceFacts): HypervisorsReport {
  const choice = chooseHypervisor('any', settings, facts);
  const { reports, kvm, trials, jailer } = facts;
  return { missing: [], ...choice, reports, kvm: kvmOverview(kvm, trials), jailer };
}

interface Candidate {
  readonly chosen: Omit<ChosenHypervisor, 'reason'>;
  readonly kvm: Finding;
}

interface Refusal {
  readonly kind: HypervisorKind;
  readonly type: Observation['type'];
  /** What the host lacks. */
  readonly subject: string;
  readonly finding: Finding;
}

const noPvh: Finding = {
  ok: false,
  detail: "the vm's kernel has no PVH entry, and QEMU boots no other",
  remedy: 'use `--hypervisor firecracker`, or another kernel: one that was built with CONFIG_PVH=y',
};

function candidateOf(kind: HypervisorKind, settings: ChoiceSettings, facts: ChoiceFacts): Candidate | Refusal {
  const report = facts.reports.find((each) => each.kind === kind);
  if (report === undefined) throw new Error(`there is no report on ${kind}`);
  if (!report.usable.ok) return { kind, type: 'TOOL', subject: `a usable ${kind}`, finding: report.usable };
  if (kind === 'qemu' && facts.kernelHasPvh === false) {
    return { kind, type: 'FILE', subject: 'a kernel that QEMU can boot', finding: noPvh };
  }
  const kvm = kvmFor(kind, settings.acceleration, facts.kvm, facts.trials[kind]);
  const mayEmulate = kind === 'qemu' && settings.acceleration !== 'kvm';
  if (!kvm.ok && !mayEmulate) return { kind, type: 'DEVICE', subject: 'a KVM that works', finding: kvm };
  const mustBeJailed = kind === 'firecracker' && settings.jail === 'on';
  if (mustBeJailed && !facts.jailer.ok) {
    return { kind, type: 'TOOL', subject: 'a usable jailer', finding: facts.jailer };
  }
  const jailed = kind === 'firecracker' && facts.jailer.ok;
  return { chosen: { kind, version: report.version, jailed, acceleration: kvm.ok ? 'kvm' : 'tcg' }, kvm };
}

function whyThisKind(
  wish: HypervisorWish,
  named: HypervisorWish,
  refusals: readonly Refusal[],
  { chosen, kvm }: Candidate,
): string {
  if (wish !== 'any') return `the vm asks for ${wish}`;
  if (named !== 'any') return `\`hypervisor\` in [vmm] is "${named}"`;
  if (refusals.length === 0) return `${chosen.kind} is the first choice`;
  const passedOver = refusals.map(({ kind, finding: { detail } }) =>
    // What keeps it from KVM is told once, by how the other one runs.
    detail === kvm.detail ? `${kind} needs KVM` : `${kind} is passed over: ${detail}`,
  );
  return passedOver.join('; ');
}

function howOf({ chosen, kvm }: Candidate): string {
  return kvm.ok ? kvm.detail : `${chosen.kind} emulates the processor, because ${kvm.detail}`;
}

/** The same lack of two candidates is told once. */
function missingOf(named: HypervisorWish, refusals: readonly Refusal[]): Observation[] {
  const all = refusals.map(({ type, subject, finding }): Observation => {
    const ways = [finding.remedy, named === 'firecracker' ? 'or use `--hypervisor qemu`' : ''];
    const remedy = ways.filter((way) => way !== '').join('; ');
    return { severity: 'error', type, subject, found: finding.detail, remedy };
  });
  return all.filter((one, i) => i === all.findIndex((other) => isSame(one, other)));
}

function isSame(one: Observation, other: Observation): boolean {
  return one.subject === other.subject && one.found === other.found;
}
