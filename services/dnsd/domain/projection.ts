import { dnsLabelProblem } from '../../../lib/dns-label.js';
import { parseIpv4 } from './ipv4.js';
import type { NamedVm } from './zone.js';

/** What vmm tells of a VM, as far as names go. */
export interface VmFact {
  readonly uid: string;
  readonly name: string;
  /** Empty until it has one. */
  readonly address: string;
  /** It is being removed: its name is free from now on. */
  readonly deleting: boolean;
}

export type VmEvent =
  | { readonly kind: 'upserted'; readonly vm: VmFact }
  | { readonly kind: 'deleted'; readonly uid: string }
  /** The snapshot is complete. */
  | { readonly kind: 'synced' };

/**
 * The VMs as a watch tells them. A watch begins with a snapshot, which is gathered aside and takes the place of what was
 * known when it is complete: until then everybody sees what was seen last.
 */
export class VmProjection {
  #current: Map<string, VmFact> | undefined;
  #snapshot: Map<string, VmFact> | undefined;

  /** A new watch begins. */
  begin(): void {
    this.#snapshot = new Map();
  }

  apply(event: VmEvent): void {
    const vms = this.#snapshot ?? this.#current;
    if (vms === undefined) throw new Error('an event without a watch');
    if (event.kind === 'upserted') vms.set(event.vm.uid, event.vm);
    else if (event.kind === 'deleted') vms.delete(event.uid);
    else {
      this.#current = vms;
      this.#snapshot = undefined;
    }
  }

  /** The VMs that have names, by name; undefined before the first snapshot is complete. */
  named(): NamedVm[] | undefined {
    if (this.#current === undefined) return undefined;
    return [...this.#current.values()]
      .filter(hasName)
      .map(({ name, address }) => ({ name, address }))
      .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  }
}

function hasName(vm: VmFact): boolean {
  return !vm.deleting && parseIpv4(vm.address) !== undefined && dnsLabelProblem(vm.name) === undefined;
}
