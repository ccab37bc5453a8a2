import { dnsLabelProblem } from '../../../lib/dns-label.js';
import { parseIpv4 } from '../../../lib/ip/ipv4.js';
import { parseIpv6 } from './ipv6.js';
import { type NamedVm, NameTable, sameVm } from './name-table.js';

/** What vmm tells of a VM, as far as names go. */
export interface VmFact {
  readonly uid: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** Empty until it has one. */
  readonly address: string;
  /** Empty when it has none, or none that works. */
  readonly ipv6Address: string;
  /** It is being removed: its name is free from now on. */
  readonly deleting: boolean;
}

export type VmEvent =
  | { readonly kind: 'upserted'; readonly vm: VmFact }
  | { readonly kind: 'deleted'; readonly uid: string }
  /** The snapshot is complete. */
  | { readonly kind: 'synced' };

/** A snapshot as far as it has come. */
interface Snapshot {
  readonly names: NameTable;
  /** The VMs in it that are not served the same. */
  readonly different: Set<string>;
}

/**
 * The VMs as a watch tells them. A watch begins with a snapshot, which is gathered aside and takes the place of what was
 * known when it is complete: until then everybody sees what was seen last. No event costs more than its one VM, not even
 * the last of a snapshot.
 */
export class VmProjection {
  #served: NameTable | undefined;
  #snapshot: Snapshot | undefined;

  /** The names that are served; undefined before the first snapshot is complete. */
  names(): NameTable | undefined {
    return this.#served;
  }

  /** A new watch begins. */
  begin(): void {
    this.#snapshot = { names: new NameTable(), different: new Set() };
  }

  /** Returns whether what is served has changed. */
  apply(event: VmEvent): boolean {
    if (event.kind === 'synced') return this.#complete();
    const [uid, vm] = event.kind === 'deleted' ? [event.uid, undefined] : [event.vm.uid, namedVm(event.vm)];
    if (this.#snapshot) return this.#gather(this.#snapshot, uid, vm);
    if (this.#served === undefined) throw new Error('an event without a watch');
    return put(this.#served, uid, vm);
  }

  #gather({ names, different }: Snapshot, uid: string, vm: NamedVm | undefined): false {
    put(names, uid, vm);
    if (sameVm(vm, this.#served?.get(uid))) different.delete(uid);
    else different.add(uid);
    return false;
  }

  #complete(): boolean {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return false;
    this.#snapshot = undefined;
    if (snapshot.different.size === 0 && snapshot.names.size === this.#served?.size) return false;
    this.#served = snapshot.names;
    return true;
  }
}

function put(names: NameTable, uid: string, vm: NamedVm | undefined): boolean {
  if (sameVm(vm, names.get(uid))) return false;
  if (vm) names.put(uid, vm);
  else names.remove(uid);
  return true;
}

/** Undefined for a VM without a name to serve. What is no label or no address is left out. */
function namedVm({ name, aliases, address, ipv6Address, deleting }: VmFact): NamedVm | undefined {
  if (deleting || parseIpv4(address) === undefined || dnsLabelProblem(name) !== undefined) return undefined;
  const vm = { name, address, aliases: aliases.filter((alias) => dnsLabelProblem(alias) === undefined) };
  return parseIpv6(ipv6Address) === undefined ? vm : { ...vm, ipv6Address };
}
