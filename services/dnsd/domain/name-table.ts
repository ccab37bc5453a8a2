import { type RecordData, vmZone } from './records.js';
import { type Family, pathAbove, reversePath } from './reverse-zone.js';

/** A VM that has an address, and so a name. */
export interface NamedVm {
  /** A DNS label. */
  readonly name: string;
  /** Further DNS labels. A name of another VM that is the same goes before. */
  readonly aliases: readonly string[];
  /** IPv4, in dotted form. */
  readonly address: string;
  /** Absent when it has none that works. */
  readonly ipv6Address?: string;
}

/** A VM with its records. These are the same objects as long as it does not change, so that what is made of them is kept. */
export interface Holder {
  readonly vm: NamedVm;
  /** Of its names. */
  readonly addresses: readonly RecordData[];
  /** Of its addresses. */
  readonly pointers: readonly RecordData[];
}

interface Entry extends Holder {
  /** Grows with every VM that comes. */
  readonly order: number;
}

/**
 * Who has which name and address, by what a lookup needs. A change costs as much as the names of the one VM, however many
 * there are.
 *
 * Two VMs can claim the same for a moment, when news of the former one's end comes late: the newer has it, and the
 * former one's end does not take it away. A VM's own name goes before an alias.
 */
export class NameTable {
  readonly #vms = new Map<string, Entry>();
  readonly #owners = new Claims();
  readonly #pointers: Record<Family, ReverseTree> = {
    ipv4: new ReverseTree('ipv4'),
    ipv6: new ReverseTree('ipv6'),
  };
  #nextOrder = 0;

  /** How many VMs have a name. */
  get size(): number {
    return this.#vms.size;
  }

  get(uid: string): NamedVm | undefined {
    return this.#vms.get(uid)?.vm;
  }

  put(uid: string, vm: NamedVm): void {
    const order = this.#vms.get(uid)?.order ?? this.#nextOrder++;
    this.remove(uid);
    const entry = { ...holderOf(vm), order };
    this.#vms.set(uid, entry);
    for (const label of labelsOf(vm)) this.#owners.add(label, entry);
    for (const [family, path] of pathsOf(vm)) this.#pointers[family].add(path, entry);
  }

  remove(uid: string): void {
    const entry = this.#vms.get(uid);
    if (entry === undefined) return;
    this.#vms.delete(uid);
    for (const label of labelsOf(entry.vm)) this.#owners.delete(label, entry);
    for (const [family, path] of pathsOf(entry.vm)) this.#pointers[family].delete(path, entry);
  }

  /** The VM that a label means. */
  owner(label: string): Holder | undefined {
    const rank = ({ vm, order }: Entry) => (vm.name === label ? order : order - this.#nextOrder);
    return highest(this.#owners.at(label), rank);
  }

  /** The VM that has an address; 'empty' for a path that only has addresses below it. */
  pointer(family: Family, path: string): Holder | 'empty' | undefined {
    const tree = this.#pointers[family];
    return highest(tree.at(path), ({ order }) => order) ?? (tree.hasBelow(path) ? 'empty' : undefined);
  }

  /** Every label that means a VM. */
  owners(): Iterable<string> {
    return this.#owners.keys();
  }

  /** The path of every address of a family. */
  paths(family: Family): Iterable<string> {
    return this.#pointers[family].keys();
  }
}

export function sameVm(a: NamedVm | undefined, b: NamedVm | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const sameAliases = a.aliases.length === b.aliases.length && a.aliases.every((alias, i) => alias === b.aliases[i]);
  return a.name === b.name && a.address === b.address && a.ipv6Address === b.ipv6Address && sameAliases;
}

function holderOf(vm: NamedVm): Holder {
  const { name, address, ipv6Address } = vm;
  const addresses: RecordData[] = [{ type: 'A', address }];
  if (ipv6Address !== undefined) addresses.push({ type: 'AAAA', address: ipv6Address });
  return { vm, addresses, pointers: [{ type: 'PTR', host: `${name}.${vmZone}` }] };
}

function labelsOf({ name, aliases }: NamedVm): Iterable<string> {
  return aliases.length === 0 ? [name] : new Set([name, ...aliases]);
}

function pathsOf({ address, ipv6Address = '' }: NamedVm): [Family, string][] {
  const ipv6Path = reversePath('ipv6', ipv6Address);
  return ipv6Path === undefined
    ? [['ipv4', address]]
    : [
        ['ipv4', address],
        ['ipv6', ipv6Path],
      ];
}

function highest(entries: readonly Entry[], rank: (entry: Entry) => number): Entry | undefined {
  // Nearly always there is one: no need to compare.
  if (entries.length < 2) return entries[0];
  return entries.reduce((best, entry) => (rank(entry) > rank(best) ? entry : best));
}

const nobody: readonly Entry[] = [];

/** Who claims what. */
class Claims {
  readonly #byKey = new Map<string, readonly Entry[]>();

  /** Returns whether nobody had it before. */
  add(key: string, entry: Entry): boolean {
    const before = this.at(key);
    this.#byKey.set(key, before.length === 0 ? [entry] : [...before, entry]);
    return before.length === 0;
  }

  /** Returns whether nobody has it now. */
  delete(key: string, entry: Entry): boolean {
    const left = this.at(key).filter((other) => other !== entry);
    if (left.length > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
    return left.length === 0;
  }

  at(key: string): readonly Entry[] {
    return this.#byKey.get(key) ?? nobody;
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }
}

/** Addresses by their path, and the names that exist because of addresses below them: RFC 8020, empty non-terminals. */
class ReverseTree {
  readonly #claims = new Claims();
  /** How many paths stand directly below one; only those with any. */
  readonly #below = new Map<string, number>();

  constructor(private readonly family: Family) {}

  at(path: string): readonly Entry[] {
    return this.#claims.at(path);
  }

  hasBelow(path: string): boolean {
    return this.#below.has(path);
  }

  keys(): Iterable<string> {
    return this.#claims.keys();
  }

  add(path: string, entry: Entry): void {
    if (!this.#claims.add(path, entry)) return;
    for (let above = this.#above(path); above !== undefined; above = this.#above(above)) {
      const count = this.#below.get(above) ?? 0;
      this.#below.set(above, count + 1);
      // It was there, and so is all above it.
      if (count > 0) return;
    }
  }

  delete(path: string, entry: Entry): void {
    if (!this.#claims.delete(path, entry)) return;
    for (let above = this.#above(path); above !== undefined; above = this.#above(above)) {
      const count = (this.#below.get(above) ?? 0) - 1;
      if (count > 0) {
        this.#below.set(above, count);
        return;
      }
      this.#below.delete(above);
    }
  }

  #above(path: string): string | undefined {
    return pathAbove(this.family, path);
  }
}
