import {
  type CreateVmRequest,
  type GetGuestDataResponse,
  type UpdateVmRequest,
  type WatchVmsResponse,
  Acceleration as WireAcceleration,
  GuestInit as WireInit,
  HypervisorKind as WireKind,
  RestartPolicy as WirePolicy,
  type VmSpec as WireSpec,
  VmState as WireState,
  type VmStatus as WireStatus,
  Tie as WireTie,
  type Vm as WireVm,
} from '../../../gen/banger/vmm/v1/vm_service.js';
import type { FieldViolation } from '../../../lib/errors.js';
import { canonicalLabels } from '../../../lib/labels/labels.js';
import { fromWirePolicy, fromWirePort, fromWireRules, toWirePolicy } from '../../../lib/rpc/network-policy.js';
import type { WatchEvent } from '../app/watch-vms.js';
import type { GuestData } from '../domain/guest-data.js';
import type { LabelChange } from '../domain/label-change.js';
import type { PolicyChange } from '../domain/policy-change.js';
import type { SpecChange } from '../domain/spec.js';
import {
  type Acceleration,
  type GuestInit,
  isRestartPending,
  type RestartPolicy,
  type TieEnd,
  type Vm,
  type VmSpec,
  type VmState,
} from '../domain/vm.js';

/** Between the contract and the domain. Pure; convert.test.ts goes through every value. */

const wireStates: Readonly<Record<VmState, WireState>> = {
  CREATING: WireState.CREATING,
  STOPPED: WireState.STOPPED,
  STARTING: WireState.STARTING,
  RUNNING: WireState.RUNNING,
  PAUSED: WireState.PAUSED,
  STOPPING: WireState.STOPPING,
  DELETING: WireState.DELETING,
  FAILED: WireState.FAILED,
};

const wireInits: Readonly<Record<GuestInit, WireInit>> = {
  image: WireInit.UNSPECIFIED,
  system: WireInit.SYSTEM,
  light: WireInit.LIGHT,
};

const wireKinds: Readonly<Record<VmSpec['hypervisor'], WireKind>> = {
  any: WireKind.UNSPECIFIED,
  qemu: WireKind.QEMU,
  firecracker: WireKind.FIRECRACKER,
};

const wirePolicies: Readonly<Record<RestartPolicy, WirePolicy>> = {
  never: WirePolicy.NEVER,
  'on-failure': WirePolicy.ON_FAILURE,
  always: WirePolicy.ALWAYS,
};

const wireTies: Readonly<Record<TieEnd, WireTie>> = { stop: WireTie.STOP, delete: WireTie.DELETE };

const wireAccelerations: Readonly<Record<Acceleration, WireAcceleration>> = {
  kvm: WireAcceleration.KVM,
  tcg: WireAcceleration.TCG,
};

export function toWireKind(kind: VmSpec['hypervisor']): WireKind {
  return wireKinds[kind];
}

export function toWireAcceleration(acceleration: Acceleration | undefined): WireAcceleration {
  return acceleration === undefined ? WireAcceleration.UNSPECIFIED : wireAccelerations[acceleration];
}

export function toWireVm(vm: Vm): WireVm {
  const { name, uid, revision, temporary = false } = vm;
  const createTime = new Date(vm.createTime);
  return { name, uid, spec: toWireSpec(vm.spec), status: toWireStatus(vm), createTime, revision, temporary };
}

/** Without what the guest was told, which may hold secrets: whoever may read VMs may not read those. */
export function toWireSpec(spec: VmSpec): WireSpec {
  return {
    ...spec,
    environment: {},
    userData: '',
    aliases: [...spec.aliases],
    labels: { ...spec.labels },
    policy: toWirePolicy(spec.policy),
    init: wireInits[spec.init],
    hypervisor: wireKinds[spec.hypervisor],
    restartPolicy: wirePolicies[spec.restartPolicy],
  };
}

export function toWireGuestData({ environment, userData }: GuestData): GetGuestDataResponse {
  return { environment: { ...environment }, userData };
}

function toWireStatus(vm: Vm): WireStatus {
  const { status } = vm;
  const { network, process, hypervisor, lastError, origin } = status;
  const acceleration =
    process && hypervisor ? wireAccelerations[hypervisor.acceleration] : WireAcceleration.UNSPECIFIED;
  return {
    state: wireStates[status.state],
    ipv4Address: network?.ipv4Address ?? '',
    macAddress: network?.macAddress ?? '',
    tap: network?.tap ?? '',
    pid: process?.pid ?? 0,
    hypervisor: wireKinds[hypervisor?.kind ?? 'any'],
    acceleration,
    hypervisorReason: hypervisor?.reason ?? '',
    lastError: lastError && { reason: lastError.reason, message: lastError.message, time: new Date(lastError.time) },
    step: status.step,
    pendingRestart: isRestartPending(vm),
    readyTime: toDate(status.readyTime),
    imageDigest: origin?.digest ?? '',
    kernelDigest: status.kernelDigest ?? '',
    sshHostKey: status.sshHostKey ?? '',
    sshUser: origin?.user ?? '',
    hypervisorVersion: hypervisor?.version ?? '',
    jailUid: (hypervisor?.jailed && status.jailUid) || 0,
    restartCount: status.restarts?.count ?? 0,
    restartReason: status.restarts?.reason ?? '',
    ipv6Address: network?.ipv6?.address ?? '',
    stateReason: status.stateReason ?? '',
    tie: vm.tie ? wireTies[vm.tie.end] : WireTie.UNSPECIFIED,
    tiedPid: vm.tie?.process.pid ?? 0,
  };
}

function toDate(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

/** A spec as it was asked for, and what in it has no meaning here. */
export interface ReadSpec {
  readonly spec: VmSpec;
  readonly violations: readonly FieldViolation[];
}

export function fromWireSpec(wire: CreateVmRequest['spec']): ReadSpec {
  const init = keyOf(wireInits, wire?.init ?? WireInit.UNSPECIFIED);
  const hypervisor = keyOf(wireKinds, wire?.hypervisor ?? WireKind.UNSPECIFIED);
  const restartPolicy = policyOf(wire?.restartPolicy);
  const violations: FieldViolation[] = [];
  if (init === undefined) violations.push(unknownValue('spec.init', Object.keys(wireInits)));
  if (hypervisor === undefined) violations.push(unknownValue('spec.hypervisor', Object.keys(wireKinds)));
  if (restartPolicy === undefined) violations.push(unknownValue('spec.restart_policy', Object.keys(wirePolicies)));
  const network = fromWirePolicy(wire?.policy, 'spec.policy.');
  violations.push(...network.violations);
  const spec: VmSpec = {
    cpuCount: wire?.cpuCount ?? 0,
    memoryMib: wire?.memoryMib ?? 0,
    image: wire?.image ?? '',
    kernel: wire?.kernel ?? '',
    diskMib: wire?.diskMib ?? 0,
    workDiskMib: wire?.workDiskMib ?? 0,
    init: init ?? 'image',
    nat: wire?.nat ?? false,
    hypervisor: hypervisor ?? 'any',
    restartPolicy: restartPolicy ?? 'never',
    aliases: wire?.aliases ?? [],
    ipv4Address: wire?.ipv4Address ?? '',
    macAddress: wire?.macAddress ?? '',
    policy: network.policy,
    autostart: wire?.autostart ?? false,
    autostartOrder: wire?.autostartOrder ?? 0,
    labels: canonicalLabels(wire?.labels ?? {}),
    environment: canonicalLabels(wire?.environment ?? {}),
    userData: wire?.userData ?? '',
  };
  return { spec, violations };
}

/** The standard for a caller who says nothing. */
function policyOf(wire = WirePolicy.UNSPECIFIED): RestartPolicy | undefined {
  return wire === WirePolicy.UNSPECIFIED ? 'never' : keyOf(wirePolicies, wire);
}

/** The tie that is asked for, if one is. */
export function fromWireTie(wire: WireTie = WireTie.UNSPECIFIED): {
  tie: TieEnd | undefined;
  violations: readonly FieldViolation[];
} {
  const tie = keyOf(wireTies, wire);
  const isUnknown = tie === undefined && wire !== WireTie.UNSPECIFIED;
  return { tie, violations: isUnknown ? [unknownValue('tie', Object.keys(wireTies))] : [] };
}

export interface ReadChange {
  readonly change: SpecChange;
  readonly policy?: PolicyChange;
  readonly labels?: LabelChange;
  readonly violations: readonly FieldViolation[];
}

/** Only what the caller has set. */
export function fromWireUpdate(wire: UpdateVmRequest): ReadChange {
  const { cpuCount, memoryMib, nat, workDiskMib, autostart, autostartOrder } = wire;
  const restartPolicy = wire.restartPolicy === undefined ? undefined : policyOf(wire.restartPolicy);
  const hypervisor = wire.hypervisor === undefined ? undefined : keyOf(wireKinds, wire.hypervisor);
  const violations: FieldViolation[] = [];
  if (wire.restartPolicy !== undefined && restartPolicy === undefined)
    violations.push(unknownValue('restart_policy', Object.keys(wirePolicies)));
  if (wire.hypervisor !== undefined && hypervisor === undefined)
    violations.push(unknownValue('hypervisor', Object.keys(wireKinds)));
  const change = {
    ...(restartPolicy !== undefined && { restartPolicy }),
    ...(hypervisor !== undefined && { hypervisor }),
    ...(cpuCount !== undefined && { cpuCount }),
    ...(memoryMib !== undefined && { memoryMib }),
    ...(wire.aliases !== undefined && { aliases: wire.aliases.aliases }),
    ...(nat !== undefined && { nat }),
    ...(workDiskMib !== undefined && { workDiskMib }),
    ...(autostart !== undefined && { autostart }),
    ...(autostartOrder !== undefined && { autostartOrder }),
  };
  const policy = policyChangeOf(wire, violations);
  return { change, ...(policy && { policy }), ...(wire.labels && { labels: wire.labels }), violations };
}

/** Undefined when the caller changes nothing of it. */
function policyChangeOf(wire: UpdateVmRequest, violations: FieldViolation[]): PolicyChange | undefined {
  const { allowFrom, egress, publish, unpublish } = wire;
  if (allowFrom === undefined && egress === undefined && publish.length + unpublish.length === 0) return undefined;
  const read = fromWireRules(egress?.rules ?? [], 'egress.rules');
  violations.push(...read.violations);
  return {
    ...(allowFrom && { allowFrom: allowFrom.sources }),
    ...(egress && { egress: read.rules }),
    publish: publish.map(fromWirePort),
    unpublish: unpublish.map(fromWirePort),
  };
}

export function toWireEvent(event: WatchEvent): WatchVmsResponse {
  const { revision } = event;
  switch (event.kind) {
    case 'upserted':
      return { revision, event: { $case: 'upserted', value: toWireVm(event.vm) } };
    case 'deleted':
      return { revision, event: { $case: 'deleted', value: { name: event.name, uid: event.uid } } };
    case 'synced':
      return { revision, event: { $case: 'synced', value: {} } };
  }
}

function keyOf<K extends string, V>(table: Readonly<Record<K, V>>, value: V): K | undefined {
  return (Object.keys(table) as K[]).find((key) => table[key] === value);
}

function unknownValue(field: string, known: readonly string[]): FieldViolation {
  return { field, description: `is no value that this banger knows; it knows ${known.join(', ')}` };
}
