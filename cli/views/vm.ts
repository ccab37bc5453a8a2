import {
  Acceleration,
  accelerationToJSON,
  GuestInit,
  guestInitToJSON,
  HypervisorKind,
  hypervisorKindToJSON,
  RestartPolicy,
  restartPolicyToJSON,
  Tie,
  type Vm,
  VmState,
  type VmStats,
  vmStateToJSON,
} from '../../gen/banger/vmm/v1/vm_service.js';
import { labelText } from '../../lib/labels/labels.js';
import { egressRuleText, publicationText } from '../../lib/network-policy/words.js';
import { fromWirePolicy } from '../../lib/rpc/network-policy.js';
import { age, enumName, mebibytes } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Cell, type Column, type Property, properties, table } from '../render/table.js';
import { usageLine } from './vm-stats.js';

/** A VM's state in one word. */
export function stateOf(vm: Vm): string {
  return enumName(vmStateToJSON(vm.status?.state ?? VmState.UNSPECIFIED), 'VM_STATE');
}

/** What a VM is doing: "starting (launch)", or "running". */
export function doing(vm: Vm): string {
  const step = vm.status?.step;
  return step ? `${stateOf(vm)} (${step})` : stateOf(vm);
}

const columns: readonly Column<Vm>[] = [
  { title: 'NAME', cell: (vm) => vm.name },
  { title: 'STATE', cell: (vm, style) => stateCell(vm, style) },
  { title: 'ADDRESS', cell: (vm) => vm.status?.ipv4Address || '-' },
  { title: 'CPUS', cell: (vm) => String(vm.spec?.cpuCount ?? 0), right: true },
  { title: 'MEMORY', cell: (vm) => mebibytes(vm.spec?.memoryMib ?? 0), right: true },
  { title: 'NAT', cell: (vm) => (vm.spec?.nat ? 'on' : 'off') },
  { title: 'IMAGE', cell: (vm) => vm.spec?.image || '-' },
  { title: 'AGE', cell: (vm, style) => age(vm.createTime, style.now) },
  { title: 'HYPERVISOR', cell: (vm) => hypervisorWord(vm) || '-', wide: true },
  { title: 'PID', cell: ({ status }) => (status?.pid ? String(status.pid) : '-'), right: true, wide: true },
  { title: 'KERNEL', cell: (vm) => vm.spec?.kernel || 'default', wide: true },
  { title: 'DISK', cell: (vm) => mebibytes(vm.spec?.diskMib ?? 0), right: true, wide: true },
  { title: 'IPV6', cell: (vm) => vm.status?.ipv6Address || '-', wide: true },
  { title: 'PUBLISHED', cell: (vm) => publishedOf(vm).join(', ') || '-', wide: true },
  { title: 'LABELS', cell: (vm) => labelsOf(vm) || '-', wide: true },
  { title: 'UID', cell: (vm) => vm.uid, wide: true },
];

export function vmTable(vms: readonly Vm[], style: Style): string {
  if (vms.length === 0) return 'There are no VMs. Create one with `banger vm create --name web`.';
  return table(columns, vms, style);
}

/** Everything a person may want to know of one VM; with what it uses, when that is known. */
export function vmDetails(vm: Vm, style: Style, stats?: VmStats): string {
  return properties(vmProperties(vm, style, stats), style);
}

/** The same as titles and values; what has no value is not there. */
export function vmProperties(vm: Vm, style: Style, stats?: VmStats): Property[] {
  const { spec, status } = vm;
  return [
    ['Name', vm.name],
    ['State', { ...stateCell(vm, style), text: doing(vm) }],
    ['Reason', reasonOf(vm)],
    ['Last error', status?.lastError && { text: status.lastError.message, paint: style.red }],
    ['Host name', `${vm.name}.vm`],
    ['Aliases', spec?.aliases.map((alias) => `${alias}.vm`).join(', ')],
    ['Labels', labelsOf(vm)],
    ['Address', status?.ipv4Address],
    ['IPv6', status?.ipv6Address],
    ['Processors', String(spec?.cpuCount ?? 0)],
    ['Memory', mebibytes(spec?.memoryMib ?? 0)],
    ['Disk', mebibytes(spec?.diskMib ?? 0)],
    ['Work disk', spec?.workDiskMib ? `${mebibytes(spec.workDiskMib)} at /work` : 'none'],
    ['NAT', spec?.nat ? 'on' : 'off'],
    ['Published', publishedOf(vm).join(', ')],
    ['Allowed from', spec?.policy?.allowFrom.join(', ')],
    ['Egress', egressOf(vm)],
    ['Image', spec?.image],
    ['Kernel', spec?.kernel || 'default'],
    ['Init', initOf(spec?.init ?? GuestInit.UNSPECIFIED)],
    ['Pending', status?.pendingRestart ? `changes wait for \`banger vm restart ${vm.name}\`` : undefined],
    ['Restart', restartOf(vm)],
    ['Autostart', autostartOf(vm)],
    ['Tied to', tieOf(vm)],
    ['Use', stats && usageLine(stats)],
    ['Hypervisor', hypervisorOf(vm)],
    ['Jail', status?.jailUid ? `as user ${status.jailUid}` : undefined],
    ['Process', status?.pid ? String(status.pid) : undefined],
    ['Tap', status?.tap],
    ['MAC', status?.macAddress],
    ['Uid', vm.uid],
    ['Created', vm.createTime && `${vm.createTime.toISOString()} (${age(vm.createTime, style.now)} ago)`],
    ['Ready', status?.readyTime && `${status.readyTime.toISOString()} (${age(status.readyTime, style.now)} ago)`],
  ];
}

function tieOf({ status }: Vm): string | undefined {
  if (!status?.tiedPid) return undefined;
  return `process ${status.tiedPid}, is ${status.tie === Tie.DELETE ? 'deleted' : 'stopped'} when that ends`;
}

/** Why it is as it is, where its last error does not say it already. */
function reasonOf({ status }: Vm): string {
  const { stateReason = '', lastError } = status ?? {};
  return stateReason === lastError?.message ? '' : stateReason;
}

/** What a change of a VM's publications came to. */
export function publishedText(vm: Vm): string {
  const published = publishedOf(vm);
  return published.length === 0
    ? `${vm.name}: nothing is published`
    : `${vm.name}: published at ${published.join(', ')}`;
}

/** What of a VM is published, as the command line writes it. */
function publishedOf({ spec }: Vm): string[] {
  return fromWirePolicy(spec?.policy, '').policy.publishedPorts.map(publicationText);
}

function labelsOf({ spec }: Vm): string {
  return Object.entries(spec?.labels ?? {})
    .map(labelText)
    .join(', ');
}

function egressOf({ spec }: Vm): string | undefined {
  const rules = fromWirePolicy(spec?.policy, '').policy.egress.map(egressRuleText).join(', ');
  return rules && !spec?.nat ? `${rules} (without NAT it reaches nothing)` : rules;
}

function initOf(init: GuestInit): string {
  return init === GuestInit.UNSPECIFIED ? "the image's" : enumName(guestInitToJSON(init), 'GUEST_INIT');
}

/** The policy, how often it has been made use of, and why the last time. */
function restartOf({ spec, status }: Vm): string {
  const given = spec?.restartPolicy ?? RestartPolicy.UNSPECIFIED;
  const policy = given === RestartPolicy.UNSPECIFIED ? RestartPolicy.NEVER : given;
  const word = enumName(restartPolicyToJSON(policy), 'RESTART_POLICY');
  const { restartCount = 0, restartReason = '' } = status ?? {};
  if (restartCount === 0) return word;
  const times = restartCount === 1 ? 'once' : `${restartCount} times`;
  return `${word}; started again ${times} since the last start${restartReason && `: ${restartReason}`}`;
}

/** Its turn is told where it decides something: a VM that is always started again has one too. */
function autostartOf({ spec }: Vm): string {
  const { autostart = false, autostartOrder = 0, restartPolicy } = spec ?? {};
  const hasTurn = autostart || restartPolicy === RestartPolicy.ALWAYS;
  return `${autostart ? 'on' : 'off'}${hasTurn ? `, order ${autostartOrder}` : ''}`;
}

/** The reason is a sentence of its own: why this one, on this host. */
function hypervisorOf(vm: Vm): string {
  const { status } = vm;
  const kind = hypervisorWord(vm);
  if (status === undefined || kind === '') return '';
  const version = status.hypervisorVersion ? ` ${status.hypervisorVersion}` : '';
  const how = status.acceleration ?? Acceleration.UNSPECIFIED;
  const acceleration = how === Acceleration.UNSPECIFIED ? '' : `, ${enumName(accelerationToJSON(how), 'ACCELERATION')}`;
  return `${kind}${version}${acceleration}${status.hypervisorReason ? `: ${status.hypervisorReason}` : ''}`;
}

/** Empty for a VM that none has run. */
function hypervisorWord({ status }: Vm): string {
  const kind = status?.hypervisor ?? HypervisorKind.UNSPECIFIED;
  return kind === HypervisorKind.UNSPECIFIED ? '' : enumName(hypervisorKindToJSON(kind), 'HYPERVISOR_KIND');
}

function stateCell(vm: Vm, style: Style): Cell {
  const state = vm.status?.state;
  const paint =
    state === VmState.RUNNING
      ? style.green
      : state === VmState.FAILED
        ? style.red
        : state === VmState.STOPPED
          ? style.dim
          : style.yellow;
  return { text: stateOf(vm), paint };
}
