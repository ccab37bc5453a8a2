import type { Attachment, GuestInit, ImageOrigin } from './vm.js';

export interface BootFacts {
  readonly init: GuestInit;
  readonly origin: Pick<ImageOrigin, 'init'>;
  readonly network: Pick<Attachment, 'ipv4Address' | 'gateway'>;
}

/** The kernel command line. /init of our initrd reads the `banger.` words; the guest's identity is on its disk. */
export function bootArgs({ init, origin, network }: BootFacts): string {
  return [
    'console=ttyS0',
    // Reset by triple fault: at once and without a device that a small machine may lack.
    'reboot=t',
    // A panicked guest comes up again after a second, as it would after a reset button.
    'panic=1',
    // The serial port is slow; the boot is not spent on printing.
    'quiet',
    `banger.ip=${network.ipv4Address}`,
    `banger.gw=${network.gateway}`,
    `banger.init=${init === 'image' ? origin.init : init}`,
  ].join(' ');
}

/** For the machine that only finds out whether this host's KVM can run a guest: /init says the marker and powers off. */
export const probeArgs = 'console=ttyS0 reboot=t panic=1 quiet banger.probe=1';
export const probeMarker = 'banger-probe-ok';
