import type { ErrorKind } from '../../../../lib/errors.js';
import type { Refusal } from '../../domain/errors.js';

/** One way in which Firecracker refuses. `{field}` in a text is a field of the request, `{vm}` the VM's name. */
export interface FaultRow {
  /** Parts that the fault holds, all of them. Parts, for whole texts change between releases. */
  readonly says: readonly string[];
  /** How the request begins, where one text means different things. */
  readonly call?: string;
  readonly kind: ErrorKind;
  /** HYPERVISOR_REFUSED unless given: only where a program would act differently. */
  readonly reason?: Refusal['reason'];
  /** The cause. */
  readonly why: string;
  readonly todo: string;
}

const absent = '(os error 2)';
const notPermitted = '(os error 1)';
const denied = '(os error 13)';

const startAgain = 'start the vm again with `banger vm start {vm}`';
const useQemu = 'or use QEMU with `--hypervisor qemu`';
const ourMistake = 'this is a mistake in banger, please report it';
const otherRelease = 'use a release from 1.14 to 1.17';

const host: readonly FaultRow[] = [
  {
    says: ['KVM object', denied],
    kind: 'wrong-state',
    reason: 'KVM_UNAVAILABLE',
    why: 'it may not open /dev/kvm',
    todo: `let its user join the group kvm, ${useQemu}`,
  },
  {
    says: ['KVM object'],
    kind: 'unsupported',
    reason: 'KVM_UNAVAILABLE',
    why: 'this host has no /dev/kvm that works',
    todo: `load kvm_intel or kvm_amd, ${useQemu}`,
  },
  {
    says: ['Kvm error'],
    kind: 'unsupported',
    reason: 'KVM_UNAVAILABLE',
    why: "this host's KVM cannot do what Firecracker needs",
    todo: 'use QEMU with `--hypervisor qemu`',
  },
  {
    says: ['(os error 12)'],
    kind: 'exhausted',
    why: 'the host has not enough memory for the guest',
    todo: 'stop another vm, or give this one less with `banger vm set {vm} --memory`',
  },
  {
    says: ['(os error 24)'],
    kind: 'exhausted',
    why: 'it may open no more files',
    todo: startAgain,
  },
];

const bootFiles: readonly FaultRow[] = [
  {
    says: ['kernel file cannot be opened', absent],
    kind: 'wrong-state',
    reason: 'BOOT_FILE_MISSING',
    why: 'the kernel {kernel_image_path} is gone',
    todo: 'make it anew with `banger kernel build`, and start the vm again',
  },
  {
    says: ['kernel file cannot be opened'],
    kind: 'wrong-state',
    why: 'it may not read the kernel {kernel_image_path}',
    todo: 'let the user that it runs as read this file and enter its folders',
  },
  {
    says: ['initrd file cannot be opened', absent],
    kind: 'wrong-state',
    reason: 'BOOT_FILE_MISSING',
    why: 'the initrd {initrd_path} is gone',
    todo: 'make it anew with `banger kernel build`, and start the vm again',
  },
  {
    says: ['initrd file cannot be opened'],
    kind: 'wrong-state',
    why: 'it may not read the initrd {initrd_path}',
    todo: 'let the user that it runs as read this file and enter its folders',
  },
  {
    says: ['backing file', absent],
    kind: 'wrong-state',
    reason: 'BOOT_FILE_MISSING',
    why: 'the disk {path_on_host} is gone',
    todo: 'make the image anew with `banger image build`; when it is a disk of the vm itself, create the vm anew',
  },
  {
    says: ['backing file', denied],
    kind: 'wrong-state',
    why: 'it may not open the disk {path_on_host}',
    todo: 'let the user that it runs as open this file and enter its folders',
  },
  {
    says: ['Cannot load kernel'],
    kind: 'wrong-state',
    why: 'the kernel is no ELF file that this release can boot, or is larger than the memory of the vm',
    todo: 'make it anew with `banger kernel build --rebuild`, or give the vm more memory',
  },
  {
    says: ['initrd initialization'],
    kind: 'wrong-state',
    why: 'the initrd cannot be loaded; the vm may have too little memory for it',
    todo: 'give it more with `banger vm set {vm} --memory`',
  },
  {
    says: ['command line'],
    kind: 'invalid',
    why: 'the kernel command line is longer than 2047 characters, or holds others than printable ASCII',
    todo: ourMistake,
  },
  {
    says: ['without kernel configuration'],
    kind: 'internal',
    why: 'it was started before it had a kernel',
    todo: ourMistake,
  },
  {
    says: [absent],
    call: 'PUT /logger',
    kind: 'internal',
    why: 'it cannot make its log {log_path}',
    todo: startAgain,
  },
  {
    says: [absent],
    call: 'PUT /metrics',
    kind: 'internal',
    why: 'it cannot make its metrics file {metrics_path}',
    todo: startAgain,
  },
];

const sockets: readonly FaultRow[] = [
  {
    says: ['(os error 98)'],
    call: 'PUT /vsock',
    kind: 'wrong-state',
    reason: 'SOCKET_IN_THE_WAY',
    why: 'there is something at {uds_path} already',
    todo: 'remove it unless a process uses it, and start the vm again',
  },
  {
    says: ['host-side Unix socket', denied],
    kind: 'wrong-state',
    why: 'it may not make the socket {uds_path}',
    todo: 'let the user that it runs as write to its folder',
  },
];

const taps: readonly FaultRow[] = [
  {
    says: ['(os error 16)'],
    call: 'PUT /network-interfaces',
    kind: 'unavailable',
    reason: 'TAP_BUSY',
    why: 'the tap {host_dev_name} is in use by another process',
    todo: 'try again in a moment; `grep -l {host_dev_name} /proc/*/fdinfo/*` as root shows who has it',
  },
  {
    says: ['tap', notPermitted],
    call: 'PUT /network-interfaces',
    kind: 'wrong-state',
    reason: 'TAP_NOT_ALLOWED',
    why: 'there is no tap {host_dev_name}, or it belongs to another user',
    todo: 'start the vm again, so that it is made anew',
  },
  {
    says: ['/dev/net/tun'],
    call: 'PUT /network-interfaces',
    kind: 'wrong-state',
    reason: 'TAP_NOT_ALLOWED',
    why: 'it cannot open /dev/net/tun',
    todo: 'load the module tun, and let the user that it runs as open this device',
  },
  {
    says: ['Invalid interface name'],
    kind: 'internal',
    why: '{host_dev_name} is longer than the 15 bytes that the name of a tap may have',
    todo: ourMistake,
  },
  {
    says: ['MAC address is already in use'],
    kind: 'internal',
    why: 'another interface of the vm has the address {guest_mac}',
    todo: ourMistake,
  },
];

const rules: readonly FaultRow[] = [
  {
    says: ['number of vCPUs'],
    kind: 'invalid',
    why: 'it runs vms with 1 to 32 processors, not with {vcpu_count}',
    todo: 'change it with `banger vm set {vm} --cpus`',
  },
  {
    says: ['memory size (MiB)'],
    kind: 'invalid',
    why: '{mem_size_mib} MiB is no memory that it can give',
    todo: 'change it with `banger vm set {vm} --memory`',
  },
  {
    says: ['pages requested is too large'],
    kind: 'invalid',
    why: 'the balloon would be larger than the memory of the vm: {amount_mib} MiB',
    todo: 'ask for less',
  },
];

const moments: readonly FaultRow[] = [
  {
    says: ['not supported before starting'],
    kind: 'wrong-state',
    why: 'its guest has not been started',
    todo: startAgain,
  },
  {
    says: ['not supported after starting'],
    kind: 'wrong-state',
    why: 'its guest runs already',
    todo: 'stop the vm first with `banger vm stop {vm}`',
  },
  {
    says: ['PCI is not enabled'],
    kind: 'wrong-state',
    why: 'devices come and go only while the vm is stopped',
    todo: 'stop it first with `banger vm stop {vm}`',
  },
  {
    says: ['not activated yet'],
    kind: 'unavailable',
    why: 'the guest has not loaded the driver of its balloon',
    todo: 'try again when it has booted',
  },
  {
    says: ['stats are disabled'],
    kind: 'wrong-state',
    why: 'the vm was started without figures of its memory',
    todo: 'restart it with `banger vm restart {vm}`',
  },
  {
    says: ['Device not found'],
    kind: 'wrong-state',
    why: 'the vm has no such device',
    todo: 'restart it with `banger vm restart {vm}`',
  },
  {
    says: ['Reinitialization of metrics'],
    kind: 'internal',
    why: 'somebody else has configured this process before',
    todo: startAgain,
  },
];

/** What we send is what its API takes: when it is not understood, it is another API. */
const otherApi: readonly FaultRow[] = [
  {
    says: ['deserializing the json body'],
    kind: 'internal',
    why: 'its API has other fields than those that are known',
    todo: otherRelease,
  },
  {
    says: ['Invalid request method and/or path'],
    kind: 'internal',
    why: 'its API has no such call',
    todo: otherRelease,
  },
];

/** Requests that make no sense: banger does not send them. */
const malformed: readonly FaultRow[] = [
  { says: ['Empty P'], kind: 'internal', why: 'it got a request without what it shall do', todo: ourMistake },
  {
    says: ['GET request cannot have a body'],
    kind: 'internal',
    why: 'it got a question with a body',
    todo: ourMistake,
  },
  {
    says: ['IDs can only contain alphanumeric'],
    kind: 'internal',
    why: 'a device was given a name with others than letters, digits and "_"',
    todo: ourMistake,
  },
  { says: ['ID cannot be empty'], kind: 'internal', why: 'a device was given no name', todo: ourMistake },
  {
    says: ['id from the path does not match'],
    kind: 'internal',
    why: 'a device was given two names at once',
    todo: ourMistake,
  },
  {
    says: ['root block device already exists'],
    kind: 'internal',
    why: 'two disks were said to be the root',
    todo: ourMistake,
  },
  {
    says: ['different backend'],
    kind: 'internal',
    why: 'it was not told what is to change about the disk {drive_id}',
    todo: ourMistake,
  },
  {
    says: ['save/restore unavailable while running'],
    kind: 'wrong-state',
    why: 'its guest runs',
    todo: 'pause it first with `banger vm pause {vm}`',
  },
  {
    says: ['not allowed after configuring'],
    kind: 'internal',
    why: 'a snapshot is loaded before anything else is set up',
    todo: ourMistake,
  },
];

/** The first that applies decides: what a text says of the host is more than what it says of the file or device. */
export const faultRows: readonly FaultRow[] = [
  ...host,
  ...bootFiles,
  ...sockets,
  ...taps,
  ...rules,
  ...moments,
  ...malformed,
  ...otherApi,
];
