import { type ArchiveEntry, file, folder } from './archive.js';

/** What our /init understands of the kernel command line. 2: `banger.layers`. 3: `banger.ip6` and `banger.gw6`. */
export const initrdFormat = 3;
/** The first that can boot an image which is a layer. */
export const layersFormat = 2;

/** A driver as it goes into the initrd. */
export interface KernelModule {
  readonly name: string;
  readonly content: Uint8Array;
}

/**
 * The drivers that a guest needs, whatever the hypervisor: virtio over PCI (QEMU) and over MMIO (Firecracker), the
 * overlay, and what makes a guest a good one: randomness, a balloon, vsock, and the power button with its event device.
 */
export const guestModules = [
  'virtio_pci',
  'virtio_mmio',
  'virtio_blk',
  'virtio_net',
  'overlay',
  'virtio_rng',
  'virtio_balloon',
  'vmw_vsock_virtio_transport',
  'button',
  'evdev',
] as const;

/**
 * What reads the disks, where it is not built in: ext4 asks for its checksum by another name than the module's. Not among
 * the inputs of a build: a kernel that was built without what it needs of these boots no guest.
 */
const fileSystemModules = ['crc32c_generic', 'ext4'] as const;

/** All modules that go into an initrd, where the kernel has them as modules. */
export const wantedModules: readonly string[] = [...guestModules, ...fileSystemModules];

/** Of each row a guest needs one, to find its disks and to make its root of them. */
const neededDrivers = [['virtio_pci', 'virtio_mmio'], ['virtio_blk'], ['ext4'], ['overlay']] as const;

/** The drivers that a kernel lacks: alternatives stand together. */
export function driversMissing(has: (module: string) => boolean): string[] {
  return neededDrivers.filter((row) => !row.some(has)).map((row) => row.join(' or '));
}

export interface InitrdParts {
  /** A statically linked busybox. */
  readonly busybox: Uint8Array;
  /** The program that the kernel starts. */
  readonly init: Uint8Array;
  /** In load order. */
  readonly modules: readonly KernelModule[];
}

/** Where /init mounts things: the kernel's own file systems, the two disks, and the root made of them. */
const mountPoints = ['proc', 'sys', 'dev', 'base', 'own', 'root'] as const;

/** The content of the initrd. */
export function initrdTree(parts: InitrdParts): ArchiveEntry[] {
  const fileName = (module: KernelModule) => `${module.name}.ko`;
  return [
    file('init', parts.init, 0o755),
    file('bin/busybox', parts.busybox, 0o755),
    ...mountPoints.map((path) => folder(path)),
    file('lib/modules/order', parts.modules.map((module) => `${fileName(module)}\n`).join('')),
    ...parts.modules.map((module) => file(`lib/modules/${fileName(module)}`, module.content)),
  ];
}
