import type { Labels } from '../../../lib/labels/labels.js';
import type { NetworkPolicy } from '../../../lib/network-policy/policy.js';
import type { GuestData } from './guest-data.js';

/** A virtual machine as this service knows it: what was asked for, where it shall go, and what it is now. */

export const vmStates = [
  'CREATING',
  'STOPPED',
  'STARTING',
  'RUNNING',
  'PAUSED',
  'STOPPING',
  'DELETING',
  'FAILED',
] as const;
export type VmState = (typeof vmStates)[number];

/** States that move on by themselves: a worker has something to do. */
export type MovingState = 'CREATING' | 'STARTING' | 'STOPPING' | 'DELETING';

const moving: readonly VmState[] = ['CREATING', 'STARTING', 'STOPPING', 'DELETING'] satisfies MovingState[];

export function isMoving(state: VmState): state is MovingState {
  return moving.includes(state);
}

/** Where a VM shall end up. Durable, so that a restarted service goes on towards it. */
export type Goal = 'running' | 'paused' | 'stopped' | 'deleted';

/** `image` leaves the choice of the init to the image. */
export type GuestInit = 'image' | 'system' | 'light';
/** The preferred first. */
export const hypervisorKinds = ['firecracker', 'qemu'] as const;
export type HypervisorKind = (typeof hypervisorKinds)[number];
/** `any` for the best that works on this host. */
export type HypervisorWish = HypervisorKind | 'any';
/** What happens when a VM ends by itself: domain/restart.ts. */
export type RestartPolicy = 'never' | 'on-failure' | 'always';
export type Acceleration = 'kvm' | 'tcg';

export interface VmSpec extends GuestData {
  readonly cpuCount: number;
  readonly memoryMib: number;
  readonly image: string;
  /** Empty for imaged's default. */
  readonly kernel: string;
  readonly diskMib: number;
  /** 0 for none. */
  readonly workDiskMib: number;
  readonly init: GuestInit;
  readonly nat: boolean;
  readonly hypervisor: HypervisorWish;
  readonly restartPolicy: RestartPolicy;
  /** In its one form. */
  readonly policy: NetworkPolicy;
  /** Other names in the `.vm` zone. */
  readonly aliases: readonly string[];
  /** Empty for the next free one. */
  readonly ipv4Address: string;
  /** In lower case; empty for one made of the IPv4 address. */
  readonly macAddress: string;
  /** Whether it starts after a restart of the host, whatever it was before. */
  readonly autostart: boolean;
  /** Its turn then: domain/turns.ts. */
  readonly autostartOrder: number;
  /** In their one form. */
  readonly labels: Labels;
}

/** A VM's place in the network, as netd gave it. */
export interface Attachment {
  readonly ipv4Address: string;
  readonly macAddress: string;
  readonly tap: string;
  readonly gateway: string;
  readonly nat: boolean;
  readonly policy: NetworkPolicy;
  /** Absent when guests have no IPv6 here, or this one was started without. */
  readonly ipv6?: { readonly address: string; readonly gateway: string };
}

/** What a VM's disks were made from; fixed for its life, for its overlay only fits this image. */
export interface ImageOrigin {
  readonly digest: string;
  readonly init: Exclude<GuestInit, 'image'>;
  readonly user: string;
}

export interface ChosenHypervisor {
  readonly kind: HypervisorKind;
  readonly acceleration: Acceleration;
  readonly version: string;
  /** Whether its process is locked up in a folder of its own as a user of its own. */
  readonly jailed: boolean;
  readonly reason: string;
}

/** pid and start time together are an identity until the next boot; a pid alone is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

/** Times are milliseconds since 1970. */
export interface VmError {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
  readonly time: number;
}

/** How often a VM was started again by itself since a caller last started it. */
export interface Restarts {
  readonly count: number;
  /** Those that followed each other quickly: the next one waits the longer. */
  readonly quick: number;
  /** The next start waits until then. */
  readonly notBefore: number;
  /** What the last of them followed: how the VM had ended, or why a start had failed. One sentence. */
  readonly reason?: string;
}

/** `waits`: nothing is done for it until it has its turn. `has`: those that come after it wait until it has come up, or has not. */
export type Turn = 'waits' | 'has';

/** How a stop is done: ask the guest and wait this long before the hypervisor is ended. */
export interface StopOrder {
  readonly graceSeconds: number;
  readonly since: number;
}

export interface VmStatus {
  readonly state: VmState;
  /** The step that a moving state has reached; empty when settled. */
  readonly step: string;
  readonly network?: Attachment;
  readonly process?: ProcessIdentity;
  readonly hypervisor?: ChosenHypervisor;
  /** The user that its hypervisor runs as when it is jailed; kept for the VM's life, for its disks belong to that user. */
  readonly jailUid?: number;
  readonly restarts?: Restarts;
  /** While it is one of those that start after a restart of the host: domain/turns.ts. */
  readonly turn?: Turn;
  readonly lastError?: VmError;
  readonly readyTime?: number;
  readonly origin?: ImageOrigin;
  readonly kernelDigest?: string;
  /** As in known_hosts: type and key. Present once the overlay exists. */
  readonly sshHostKey?: string;
  /** What the hypervisor that runs was started with. */
  readonly launched?: Pick<VmSpec, 'cpuCount' | 'memoryMib' | 'workDiskMib' | 'hypervisor'>;
  /** The size of the work disk's file system as it is; behind the spec while growth is on its way. */
  readonly workDiskMib: number;
  /** The work disk could not grow in the running guest; it does so at the next start. */
  readonly growAtNextStart: boolean;
  readonly stopOrder?: StopOrder;
  /** How it is deleted; only while it is. */
  readonly removal?: Removal;
  /** Of a VM that was restored: the address that it had, and gets again if it is free. */
  readonly formerAddress?: string;
  /** Why it is STOPPED or FAILED where that alone does not say it, as one sentence without a full stop. */
  readonly stateReason?: string;
}

/** What a deletion asks for beyond the standard. */
export interface Removal {
  /** It ends, whatever cannot be cleaned up: that is remembered and done later. */
  readonly forced: boolean;
  /** Nothing is kept to be restored. */
  readonly purge: boolean;
}

/** What becomes of a VM when the process that its life is tied to ends. */
export const tieEnds = ['stop', 'delete'] as const;
export type TieEnd = (typeof tieEnds)[number];

/** A VM's life is tied to that of the process that asked for it. */
export interface Tie {
  readonly process: ProcessIdentity;
  readonly end: TieEnd;
}

export interface Vm {
  /** 16 hexadecimal digits. */
  readonly uid: string;
  readonly name: string;
  readonly createTime: number;
  readonly spec: VmSpec;
  /** Only there while an image is built in it: it goes when that ends, however that ends. */
  readonly temporary?: true;
  readonly tie?: Tie;
  readonly goal: Goal;
  /** The id of the request that last changed what it shall be; its worker's steps bear it. */
  readonly requestId?: string;
  readonly status: VmStatus;
  /** Set by the store at every change. */
  readonly revision: number;
}

export interface NewVm {
  readonly uid: string;
  readonly name: string;
  readonly spec: VmSpec;
  readonly start: boolean;
  readonly now: number;
  readonly temporary?: true;
  readonly tie?: Tie;
}

/** Whether a name on the host can be a VM's: 16 hexadecimal digits. */
export function isUid(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}

/** A VM at the first moment of its life. */
export function newVm({ uid, name, spec, start, now, temporary, tie }: NewVm): Vm {
  const status: VmStatus = { state: 'CREATING', step: '', workDiskMib: 0, growAtNextStart: false };
  const goal = start ? 'running' : 'stopped';
  const marks = { ...(temporary && { temporary }), ...(tie && { tie }) };
  return { uid, name, createTime: now, spec, ...marks, goal, status, revision: 0 };
}

export function withStatus(vm: Vm, change: Partial<VmStatus>): Vm {
  return { ...vm, status: { ...vm.status, ...change } };
}

/** Whether a change of the spec waits for the next start. */
export function isRestartPending({ spec, status }: Vm): boolean {
  const { launched } = status;
  if (launched === undefined || status.process === undefined) return false;
  const firstWorkDisk = launched.workDiskMib === 0 && spec.workDiskMib > 0;
  const resized = launched.cpuCount !== spec.cpuCount || launched.memoryMib !== spec.memoryMib;
  const moved = launched.hypervisor !== spec.hypervisor;
  return resized || moved || firstWorkDisk || status.growAtNextStart;
}

/** The VM's name in the `.vm` zone. */
export function hostName(vm: Pick<Vm, 'name'>): string {
  return `${vm.name}.vm`;
}
