import { dnsLabelProblem } from '../../../lib/dns-label.js';
import type { FieldViolation } from '../../../lib/errors.js';
import { labelMistakes } from '../../../lib/labels/labels.js';
import { policyViolations } from '../../../lib/network-policy/check.js';
import { guestDataViolations } from './guest-data.js';
import { placeViolations } from './place.js';
import type { HypervisorWish, VmSpec } from './vm.js';

/** Defaults and limits of what can be asked for, as the contract states them. Sizes in MiB. */
export const specLimits = {
  cpuCount: { min: 1, max: 64, standard: 1 },
  memoryMib: { min: 64, max: 1_048_576, standard: 512 },
  diskMib: { min: 256, max: 16_777_216, standard: 8192 },
  workDiskMib: { min: 16, max: 16_777_216 },
  /** The most processors that Firecracker gives a VM: its PUT /machine-config. */
  firecrackerCpuCount: 32,
  graceSeconds: { min: 1, max: 3600, standard: 30 },
  requestIdLength: 64,
  aliasCount: 16,
  autostartOrder: { min: 0, max: 1000 },
} as const;

export const standardImage = 'debian';

/** A name or digest of imaged: what may stand in a request to it. imaged says whether it exists. */
const referencePattern = /^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,127}$/;

/** 0 and empty stand for the defaults; a card's address has one spelling. */
export function withDefaults(spec: VmSpec): VmSpec {
  return {
    ...spec,
    cpuCount: spec.cpuCount || specLimits.cpuCount.standard,
    memoryMib: spec.memoryMib || specLimits.memoryMib.standard,
    diskMib: spec.diskMib || specLimits.diskMib.standard,
    image: spec.image || standardImage,
    macAddress: spec.macAddress.toLowerCase(),
  };
}

export interface HostLimits {
  readonly memoryMib: number;
}

/** Every mistake in a complete spec. `prefix` comes before the field names, such as "spec.". */
export function specViolations(spec: VmSpec, host: HostLimits, prefix = ''): FieldViolation[] {
  const { cpuCount, memoryMib, diskMib, workDiskMib, image, kernel } = spec;
  const violations = [
    outside('cpu_count', cpuCount, specLimits.cpuCount) ?? beyondFirecracker(spec),
    outside('memory_mib', memoryMib, specLimits.memoryMib, 'MiB') ?? beyondHost(memoryMib, host),
    badReference('image', image),
    kernel === '' ? undefined : badReference('kernel', kernel),
    outside('disk_mib', diskMib, specLimits.diskMib, 'MiB'),
    workDiskMib === 0 ? undefined : outside('work_disk_mib', workDiskMib, specLimits.workDiskMib, 'MiB'),
    outside('autostart_order', spec.autostartOrder, specLimits.autostartOrder),
    ...aliasViolations(spec.aliases),
    ...labelViolations(spec.labels),
    ...guestDataViolations(spec),
    ...placeViolations(spec),
    ...policyViolations(spec.policy, 'policy.'),
  ];
  return violations.filter(isPresent).map(({ field, description }) => ({ field: `${prefix}${field}`, description }));
}

function aliasViolations(aliases: readonly string[]): Maybe[] {
  const most = specLimits.aliasCount;
  const count = aliases.length > most && {
    field: 'aliases',
    description: `must be at most ${most}, are ${aliases.length}`,
  };
  const repeated = aliases.filter((alias, i) => aliases.indexOf(alias) < i);
  const twice = repeated.length > 0 && { field: 'aliases', description: `has ${repeated.join(', ')} twice` };
  const each = aliases.map((alias, i) => {
    const description = dnsLabelProblem(alias);
    return description === undefined ? undefined : { field: `aliases[${i}]`, description };
  });
  return [count || undefined, twice || undefined, ...each];
}

function labelViolations(labels: VmSpec['labels']): Maybe[] {
  return labelMistakes(labels).map(({ key, description }) => {
    return { field: key === '' ? 'labels' : `labels[${key}]`, description };
  });
}

export function nameViolation(name: string): FieldViolation | undefined {
  const problem = dnsLabelProblem(name);
  return problem === undefined ? undefined : { field: 'name', description: problem };
}

export function requestIdViolation(requestId: string): FieldViolation | undefined {
  if (requestId.length <= specLimits.requestIdLength) return undefined;
  const description = `must have at most ${specLimits.requestIdLength} characters, has ${requestId.length}`;
  return { field: 'request_id', description };
}

/** 0 stands for the default and is right. */
export function graceViolation(graceSeconds: number): FieldViolation | undefined {
  return graceSeconds === 0 ? undefined : outside('grace_seconds', graceSeconds, specLimits.graceSeconds, 'seconds');
}

/** What may change of a spec. Absent fields stay. */
export type SpecChange = Partial<
  Pick<
    VmSpec,
    | 'cpuCount'
    | 'memoryMib'
    | 'nat'
    | 'workDiskMib'
    | 'restartPolicy'
    | 'hypervisor'
    | 'aliases'
    | 'policy'
    | 'autostart'
    | 'autostartOrder'
    | 'labels'
  >
>;

/** Every mistake in a change. */
export function changeViolations(spec: VmSpec, change: SpecChange, host: HostLimits): FieldViolation[] {
  const shrunk = shrinkViolation(spec.workDiskMib, change.workDiskMib);
  return [...specViolations({ ...spec, ...change }, host), ...(shrunk ? [shrunk] : [])];
}

function shrinkViolation(from: number, to: number | undefined): FieldViolation | undefined {
  if (to === undefined || to >= from) return undefined;
  const description = `cannot shrink from ${from} to ${to} MiB: a work disk only grows; copy the data to a new vm instead`;
  return { field: 'work_disk_mib', description };
}

function outside(field: string, value: number, limits: { min: number; max: number }, unit = ''): Maybe {
  if (Number.isInteger(value) && value >= limits.min && value <= limits.max) return undefined;
  const description = `must be ${limits.min} to ${limits.max}${unit && ` ${unit}`}, is ${value}`;
  return { field, description };
}

function beyondFirecracker({ cpuCount, hypervisor }: VmSpec): Maybe {
  const most = specLimits.firecrackerCpuCount;
  if (hypervisor !== 'firecracker' || cpuCount <= most) return undefined;
  return { field: 'cpu_count', description: `is ${cpuCount}, but Firecracker gives at most ${most}; QEMU gives more` };
}

/** The wish of a VM: one that is too large for Firecracker leaves nothing to choose. */
export function hypervisorWish({ hypervisor, cpuCount }: VmSpec): HypervisorWish {
  return hypervisor === 'any' && cpuCount > specLimits.firecrackerCpuCount ? 'qemu' : hypervisor;
}

function beyondHost(memoryMib: number, host: HostLimits): Maybe {
  if (memoryMib <= host.memoryMib) return undefined;
  return { field: 'memory_mib', description: `is ${memoryMib} MiB, but this host has only ${host.memoryMib} MiB` };
}

function badReference(field: string, value: string): Maybe {
  if (referencePattern.test(value)) return undefined;
  const description =
    'must be a name or digest: at most 128 letters, digits, ".", "_", ":" and "-", a letter or digit first';
  return { field, description };
}

type Maybe = FieldViolation | undefined;

function isPresent(violation: Maybe): violation is FieldViolation {
  return violation !== undefined;
}
