import type { Attachment, GuestInit, HypervisorKind, ImageOrigin } from './vm.js';

export interface BootFacts {
  readonly hypervisor: HypervisorKind;
  readonly init: GuestInit;
  readonly origin: Pick<ImageOrigin, 'init'>;
  readonly network: Pick<Attachment, 'ipv4Address' | 'gateway' | 'ipv6'>;
  /** How many layers lie between the base and the VM's own disk. */
  readonly layerCount: number;
}

const ofHypervisor: Readonly<Record<HypervisorKind, readonly string[]>> = {
  // Reset by triple fault: at once and without a device that a small machine may lack.
  qemu: ['reboot=t'],
  firecracker: [
    // The one reset that Firecracker takes for an orderly end: through the keyboard controller.
    'reboot=k',
    // The controller is only there for that and for Ctrl-Alt-Del: looking for mice takes milliseconds.
    ...['i8042.noaux', 'i8042.nomux', 'i8042.dumbkbd'],
    // A guest without other entropy would wait for it early in its boot.
    'random.trust_cpu=on',
    // No device needs the bounce buffer, 64 MiB otherwise.
    'swiotlb=noforce',
  ],
};

/** The first kind of initrd that gives a guest IPv6, as imaged counts them; one before leaves its guest without. */
export const ipv6Format = 3;

/** The kernel command line. /init of our initrd reads the `banger.` words; the guest's identity is on its disk. */
export function bootArgs({ hypervisor, init, origin, network, layerCount }: BootFacts): string {
  return [
    'console=ttyS0',
    ...ofHypervisor[hypervisor],
    // A panicked guest resets after a second, which ends its hypervisor: the restart policy goes on from there.
    'panic=1',
    // The serial port is slow; the boot is not spent on printing.
    'quiet',
    `banger.ip=${network.ipv4Address}`,
    `banger.gw=${network.gateway}`,
    ...(network.ipv6 ? [`banger.ip6=${network.ipv6.address}`, `banger.gw6=${network.ipv6.gateway}`] : []),
    `banger.init=${init === 'image' ? origin.init : init}`,
    ...(layerCount === 0 ? [] : [`banger.layers=${layerCount}`]),
  ].join(' ');
}

/** For the machine that only finds out whether this host's KVM can run a guest: /init says the marker and powers off. */
export function probeArgs(hypervisor: HypervisorKind): string {
  return ['console=ttyS0', ...ofHypervisor[hypervisor], 'panic=1', 'quiet', 'banger.probe=1'].join(' ');
}

export const probeMarker = 'banger-probe-ok';
