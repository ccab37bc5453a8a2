import type { Log } from '../../../lib/log.js';
import type { TrashLimits } from '../domain/trash.js';
import type { Guests, Shells, SshKeys } from './guest-ports.js';
import type { Consoles, Disks, Host, Hypervisors, Images, Layers, Networks, TrashStore, VmStore } from './ports.js';
import type { History, Sight } from './sight.js';

/** How long things may take, in milliseconds. */
export interface Patience {
  /** From the launch of a hypervisor to the guest's first answer. */
  readonly bootMs: number;
  /** For netd or imaged to come back while a VM needs them. */
  readonly peerMs: number;
  /** For a guest that was asked to power off in one way to be gone, before it is asked in the next. */
  readonly askMs: number;
}

/** Everything that the use cases work with; main.ts fills it with adapters, tests with fakes. */
export interface World {
  readonly store: VmStore;
  readonly trash: TrashStore;
  readonly images: Images;
  readonly networks: Networks;
  readonly hypervisors: Hypervisors;
  readonly disks: Disks;
  readonly layers: Layers;
  readonly keys: SshKeys;
  readonly guests: Guests;
  readonly shells: Shells;
  readonly consoles: Consoles;
  readonly host: Host;
  readonly sight: Sight;
  readonly history: History;
  readonly log: Log;
  /** The lowest of the users that jailed hypervisors run as; each VM has one of its own. */
  readonly firstJailUid: number;
  readonly patience: Patience;
  readonly trashLimits: TrashLimits;
}
