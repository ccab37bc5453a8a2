import type { CheckHost, HostFinding, Observation, Purpose } from '../../../lib/finding.js';
import type { NetworkPolicy } from '../../../lib/network-policy/policy.js';
import type { Change } from '../../../lib/store/revisions.js';
import type { HypervisorReport, HypervisorsReport } from '../domain/choice.js';
import type { BootReading } from '../domain/host-time.js';
import type { KernelWords } from '../domain/kernel-words.js';
import type { OwnEnd } from '../domain/restart.js';
import type { MachineStats } from '../domain/stats.js';
import type { AttachedVm, FoundMachine, Traces } from '../domain/traces.js';
import type { Remain, RemainPart, TrashEntry } from '../domain/trash.js';
import type {
  Acceleration,
  Attachment,
  ChosenHypervisor,
  HypervisorKind,
  HypervisorWish,
  ImageOrigin,
  ProcessIdentity,
  Vm,
} from '../domain/vm.js';

/**
 * What the use cases need of the world. `host/`, `peers/` and `store/` keep these promises on a real machine,
 * `test/fakes/` in memory; `test/contracts/` holds both to the same behaviour.
 *
 * A call that takes a signal stops promptly when it aborts, rejects with its reason, and leaves nothing half made.
 */

/** What a repeated CreateVm is recognised by. */
export interface CreateRequest {
  readonly id: string;
  /** The normalised body, as text. */
  readonly body: string;
}

export interface RememberedRequest {
  readonly body: string;
  readonly uid: string;
}

/** Durable VMs. Every method is synchronous and atomic; a write is durable when it returns. */
export interface VmStore {
  get(uid: string): Vm | undefined;
  findByName(name: string): Vm | undefined;
  /** The VM that has an alias. */
  findByAlias(alias: string): Vm | undefined;
  /** All VMs, by name. */
  list(): Vm[];
  /** Fails with VM_EXISTS when the name is taken. */
  insert(vm: Vm, request?: CreateRequest): Vm;
  /** Replaces a VM by what `edit` makes of it; returning the same object changes nothing. Undefined when it is gone. */
  change(uid: string, edit: (vm: Vm) => Vm): Vm | undefined;
  /** Removes a VM, and in the same transaction writes down what stays of it. */
  remove(uid: string, burial?: Burial): void;
  /** A VM of the trash becomes one again. Fails with VM_EXISTS when the name is taken. */
  restore(vm: Vm): Vm;
  /** The name of a VM that was removed within the last day. */
  nameOfRemoved(uid: string): string | undefined;
  /** Requests are remembered for a day. */
  findRequest(id: string): RememberedRequest | undefined;
  /** The revision of the last change. */
  revision(): number;
  /** Changes from now on, keyed by uid, until the signal aborts. */
  follow(signal: AbortSignal): AsyncIterable<Change>;
}

/** What stays of a VM that is removed. */
export interface Burial {
  /** Absent when it cannot be restored. */
  readonly kept?: TrashEntry;
  /** What could not be cleaned up. */
  readonly remains: readonly Remain[];
}

/** Deleted VMs, and what of others is left. Durable, synchronous and atomic as VmStore. */
export interface TrashStore {
  /** What can be restored, the last deleted first. */
  list(): TrashEntry[];
  get(uid: string): TrashEntry | undefined;
  /** From now on it cannot be restored: its disks and its hold on the image are remains. */
  giveUp(uid: string): void;
  /** Of all, the oldest first, or of one; those of one VM in the order of remainParts. */
  remains(uid?: string): Remain[];
  noteProblem(uid: string, part: RemainPart, problem: string): void;
  /** Succeeds when it is not known. */
  cleaned(uid: string, part: RemainPart): void;
  /** The boot of the host in which the time was counted last; undefined when it never was. */
  lastBootId(): string | undefined;
  /** Brings the count of the host's running time up to this reading, and returns it in milliseconds. */
  countTime(reading: BootReading): number;
}

/** What a VM boots from, held for it by imaged. */
export interface Lease {
  readonly origin: ImageOrigin;
  readonly kernelDigest: string;
  /** Whether it has the PVH entry, without which QEMU boots no kernel; true when that is not known. */
  readonly kernelHasPvh: boolean;
  readonly rootfsPath: string;
  /** What lies on it, the lowest first. */
  readonly layerPaths: readonly string[];
  readonly vmlinuxPath: string;
  readonly initrdPath: string;
  /** What the initrd understands of the kernel command line: ipv6Format in domain/boot-args.ts. 0 when it is not told. */
  readonly initrdFormat: number;
}

/** The VM that holds an image: the uid says which, the name is for people. */
export interface Holder {
  readonly uid: string;
  readonly name: string;
}

export interface Images {
  /** Fails with IMAGE_NOT_FOUND or KERNEL_NOT_FOUND. An empty kernel stands for the default. */
  check(image: string, kernel: string, signal?: AbortSignal): Promise<void>;
  /** Holds an image and a kernel, each by name or digest; a repeat with other references moves the lease. */
  acquire(holder: Holder, image: string, kernel: string, signal?: AbortSignal): Promise<Lease>;
  /** Whether the VM holds the image of this digest; false when there is no such image. */
  isHeld(uid: string, digest: string, signal?: AbortSignal): Promise<boolean>;
  /** The uids of all that hold images or kernels. */
  holders(signal?: AbortSignal): Promise<string[]>;
  /** Succeeds when the VM holds nothing. */
  release(uid: string, signal?: AbortSignal): Promise<void>;
  /** Makes an image of a file system with changes, which is copied. Fails with IMAGE_TOO_DEEP. */
  addLayer(layer: NewLayer, signal?: AbortSignal): Promise<MadeImage>;
  /** Fails with IMAGE_NOT_FOUND. */
  digestOf(image: string, signal?: AbortSignal): Promise<string>;
  /** An image of this name that was made of the same inputs; undefined when there is none. */
  findMade(name: string, inputDigest: string, signal?: AbortSignal): Promise<MadeImage | undefined>;
}

/** What a VM has changed, to become an image on another. */
export interface NewLayer {
  /** The name that the image gets. */
  readonly image: string;
  /** The digest of the image that the VM was made of. */
  readonly parent: string;
  /** The file system with the changes. */
  readonly path: string;
  readonly source: string;
  readonly inputDigest: string;
}

/** An image that was made of a VM. */
export interface MadeImage {
  readonly name: string;
  readonly digest: string;
}

export interface NetworkRequest {
  readonly uid: string;
  readonly name: string;
  readonly nat: boolean;
  /** Empty for the next free one. */
  readonly ipv4Address: string;
  /** Empty for one made of the IPv4 address. */
  readonly macAddress: string;
  /** Given when no address is asked for and this one is free; else the next free one. */
  readonly formerAddress?: string;
  readonly policy: NetworkPolicy;
  /** The user who may open the tap; absent for our own. */
  readonly ownerUid?: number;
}

export interface Networks {
  /** Makes sure that the VM has an address and a working tap. A repeat returns the same and sets NAT and policy again. */
  ensure(request: NetworkRequest, signal?: AbortSignal): Promise<Attachment>;
  /** Fails as `ensure` does for the addresses that are asked for; makes nothing. */
  checkPlace(request: NetworkRequest, signal?: AbortSignal): Promise<void>;
  /** All that are attached, also by others than us. */
  list(signal?: AbortSignal): Promise<AttachedVm[]>;
  /** Succeeds when there is none. */
  release(uid: string, signal?: AbortSignal): Promise<void>;
  /** Fails with ATTACHMENT_NOT_FOUND. */
  setNat(uid: string, nat: boolean, signal?: AbortSignal): Promise<Attachment>;
  /** Fails with ATTACHMENT_NOT_FOUND, and with PORT_TAKEN or HOST_ADDRESS_NOT_FOUND before anything changes. */
  setPolicy(uid: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<Attachment>;
  /** Fails as `setPolicy` would of a VM that is not attached yet. */
  checkPolicy(name: string, policy: NetworkPolicy, signal?: AbortSignal): Promise<void>;
  /** Undefined when there is none. Gives up after some seconds when netd does not answer. */
  get(uid: string, signal?: AbortSignal): Promise<Attachment | undefined>;
  /** What the network needs of the host for these purposes. Fails at once when netd does not answer. */
  check(wanted: readonly Purpose[], signal?: AbortSignal): Promise<readonly HostFinding[]>;
}

export interface PlannedDisks {
  readonly base: string;
  readonly overlay: string;
  readonly work?: string;
  /** Read-only like the base, the lowest first. */
  readonly layers: readonly string[];
}

/** Everything that a hypervisor needs to run a VM. */
export interface LaunchPlan {
  readonly uid: string;
  /** For messages. */
  readonly name: string;
  readonly cpuCount: number;
  readonly memoryMib: number;
  readonly hypervisor: HypervisorKind;
  readonly acceleration: Acceleration;
  /** Locks the hypervisor up as this user; absent to run it as our own. */
  readonly jailUid?: number;
  readonly vmlinuxPath: string;
  readonly initrdPath: string;
  readonly commandLine: string;
  /** In the order in which the guest finds them: vda (read-only), vdb, vdc when there is a work disk, and the layers. */
  readonly disks: PlannedDisks;
  readonly network: Pick<Attachment, 'tap' | 'macAddress'>;
}

/** Why a hypervisor process ended: we ended it, or it did so itself. */
export type MachineEnd = OwnEnd | { readonly cause: 'ended' };

/** A hypervisor process that runs a VM. */
export interface Machine {
  readonly uid: string;
  readonly kind: HypervisorKind;
  readonly process: ProcessIdentity;
  /** Resolves when the process is gone, whatever ended it; never rejects. */
  readonly ended: Promise<MachineEnd>;
  /** Asks the guest to power off, as a button or Ctrl-Alt-Del does; the guest may take its time or ignore it. */
  pressPowerButton(): Promise<void>;
  /** Ends the process, hard if it must be, and returns when it is gone. Succeeds when it is gone already. */
  end(): Promise<void>;
  /** Makes the guest's processors stand still. Succeeds when they do already. */
  pause(): Promise<void>;
  /** Lets them go on. Succeeds when they run. */
  resume(): Promise<void>;
  /** Tells the guest that its work disk has a new size. */
  resizeWorkDisk(bytes: number): Promise<void>;
  /** What it uses, and has used since it was launched. */
  stats(): Promise<MachineStats>;
  /** Opens the guest's serial console for typing; `Consoles` has what the guest writes. Several may be open. */
  openKeyboard(): Promise<Keyboard>;
  /** Stops following the process, which goes on. */
  letGo(): void;
}

/** The typing side of a serial console. */
export interface Keyboard {
  /** Returns when the hypervisor has taken the bytes; the guest may read them later. */
  type(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** The kernel that a hypervisor shall boot. */
export type BootKernel = Pick<Lease, 'kernelDigest' | 'kernelHasPvh' | 'vmlinuxPath' | 'initrdPath'>;

/** Runs VMs with one kind of hypervisor, whose processes outlive this service. */
export interface Hypervisor {
  readonly kind: HypervisorKind;
  /** What it is on this host. Starts no guest. */
  inspect(): Promise<HypervisorReport>;
  /** Boots a trial guest with KVM that says a marker; returns what went wrong, undefined when nothing did. */
  tryKvm(kernel: BootKernel, signal?: AbortSignal): Promise<string | undefined>;
  /** Returns when the hypervisor runs; the guest boots from then on. Fails with HYPERVISOR_FAILED, leaving no process. */
  launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine>;
  /** All processes that bear our mark. Clears away what processes that are gone have left. */
  find(): Promise<FoundMachine[]>;
  /** The same processes, and what `find` would clear away. Changes nothing. */
  look(): Promise<Traces>;
  /** Takes a found process over; undefined when it is gone or turns out not to be ours. The VM's name is for messages. */
  adopt(found: FoundMachine, name: string): Promise<Machine | undefined>;
  /** How the last process of a VM ended, of which nobody was told; undefined when it has not left a word about it. */
  lastEnd(uid: string): Promise<OwnEnd | undefined>;
}

/** All kinds of hypervisors on this host, and which of them a VM gets. */
export interface Hypervisors {
  /** What new VMs get here and why, and what each kind lacks. Starts no guest. */
  describe(): Promise<HypervisorsReport>;
  /** What keeps VMs with this wish from being started here, as far as can be told without a boot; empty for nothing. */
  missing(wish: HypervisorWish): Promise<readonly Observation[]>;
  /** What a VM with this wish and this kernel gets, proven by a trial boot where it must be. Fails with HOST_NOT_READY. */
  choose(what: string, wish: HypervisorWish, kernel: BootKernel, signal?: AbortSignal): Promise<ChosenHypervisor>;
  /** As the hypervisor that the plan names does it. */
  launch(plan: LaunchPlan, signal?: AbortSignal): Promise<Machine>;
  find(): Promise<FoundMachine[]>;
  look(): Promise<Traces>;
  adopt(found: FoundMachine, name: string): Promise<Machine | undefined>;
  /** As the hypervisor of this kind tells it. */
  lastEnd(kind: HypervisorKind, uid: string): Promise<OwnEnd | undefined>;
}

/** A file to be in a VM's writable layer from the start. Owner root; parents are made with mode 0755. */
export interface SeedEntry {
  /** Relative to the root of the guest. Ends with "/" for a folder. */
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** Whose disk it is; the name is for messages. */
export type DiskOwner = Pick<Vm, 'uid' | 'name'>;

/** A VM's own disks, below the state directory. Sizes in MiB; all files are sparse. */
export interface Disks {
  paths(uid: string): { readonly overlay: string; readonly work: string };
  hasOverlay(uid: string): Promise<boolean>;
  /** Makes the writable layer, whole or not at all. */
  createOverlay(owner: DiskOwner, sizeMib: number, seed: readonly SeedEntry[], signal?: AbortSignal): Promise<void>;
  /** Makes the work disk if there is none, and grows it with its file system to this size if it is smaller. */
  ensureWork(owner: DiskOwner, sizeMib: number, signal?: AbortSignal): Promise<void>;
  /** Grows the work disk's file only: a running guest grows the file system itself. */
  extendWork(owner: DiskOwner, sizeMib: number): Promise<void>;
  /** Removes everything of a VM; succeeds when there is nothing. */
  remove(uid: string): Promise<void>;
  /** What everything of a VM really occupies, in bytes; 0 when there is nothing. */
  allocated(uid: string): Promise<number>;
  /** The VMs that have something here, whether they exist or not. */
  list(): Promise<string[]>;
}

/** Copies of VMs' writable layers on their way to become images. */
export interface Layers {
  /** A path for a layer in the making. */
  create(): Promise<string>;
  /** Copies a VM's writable layer, whose guest must stand still meanwhile, to such a path. */
  copy(owner: DiskOwner, layer: string, signal?: AbortSignal): Promise<void>;
  /** Makes a copy fit to be kept: repaired, as small as it can be, and without these paths and what was in them. */
  finish(layer: string, owner: DiskOwner, without: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Succeeds when there is none. */
  discard(layer: string): Promise<void>;
}

/** What VMs wrote to their consoles. */
export interface Consoles {
  /**
   * Sends what is kept, from `tailBytes` before the end, and with `follow` what comes until the signal aborts. The first
   * piece for a follower may be empty: it says that nothing written from then on is missed.
   */
  read(uid: string, options: ConsoleReadOptions): AsyncIterable<Uint8Array>;
  /** The last lines as text, without control characters, for error messages. */
  lastLines(uid: string, count: number): Promise<string>;
  /** What the guest's kernel said last: that it ends, and how. Undefined when it said nothing of the kind. */
  kernelWords(uid: string): Promise<KernelWords | undefined>;
}

export interface ConsoleReadOptions {
  /** Absent for everything. */
  readonly tailBytes?: number;
  /** Leaves out what is known to be older, in milliseconds since 1970. */
  readonly since?: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The machine we are on. */
export interface Host {
  readonly memoryMib: number;
  readonly now: () => number;
  /** Which boot of the host this is, and how long ago it was. */
  readonly boot: () => BootReading;
  readonly newUid: () => string;
  readonly newMachineId: () => string;
  /** What VMs need of it, their hypervisors and their network aside. */
  readonly check: CheckHost;
}
