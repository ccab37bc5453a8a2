import type { Log } from '../../../lib/log.js';
import type { Consoles, Disks, Guests, Host, Hypervisor, Images, Networks, SshKeys, VmStore } from './ports.js';

/** How long things may take, in milliseconds. */
export interface Patience {
  /** From the launch of a hypervisor to the guest's first answer. */
  readonly bootMs: number;
  /** For netd or imaged to come back while a VM needs them. */
  readonly peerMs: number;
}

/** Everything that the use cases work with; main.ts fills it with adapters, tests with fakes. */
export interface World {
  readonly store: VmStore;
  readonly images: Images;
  readonly networks: Networks;
  readonly hypervisor: Hypervisor;
  readonly disks: Disks;
  readonly keys: SshKeys;
  readonly guests: Guests;
  readonly consoles: Consoles;
  readonly host: Host;
  readonly log: Log;
  readonly patience: Patience;
}
