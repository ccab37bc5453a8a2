import type { HypervisorKind, ProcessIdentity } from './vm.js';

/** What is found on the host, and with the peers, that is or was a VM's. */

/** Whose an attachment is; the name is for people. */
export interface AttachedVm {
  readonly uid: string;
  readonly name: string;
  readonly tap: string;
}

/** A hypervisor process that bears our mark. */
export interface FoundMachine {
  readonly uid: string;
  readonly kind: HypervisorKind;
  readonly process: ProcessIdentity;
}

/** What a process that is gone has left. */
export interface Leftover {
  readonly uid: string;
  readonly kind: 'FOLDER' | 'JAIL' | 'CGROUP';
  /** Where it is; of a cgroup, its name. */
  readonly subject: string;
}

/** What hypervisors have on the host. */
export interface Traces {
  readonly machines: readonly FoundMachine[];
  readonly leftovers: readonly Leftover[];
}
