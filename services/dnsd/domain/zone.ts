import { contains, type Prefix, parseIpv4 } from './ipv4.js';
import { type RecordData, ttlSeconds, zoneRecords } from './records.js';
import { reverseName, reversePaths, reversePosition, reverseZones } from './reverse-zone.js';

/** A VM that has an address, and so a name. */
export interface NamedVm {
  /** A DNS label. */
  readonly name: string;
  /** In dotted form. */
  readonly address: string;
}

export interface ZoneContent {
  readonly serial: number;
  /** Undefined until the first snapshot: nothing is known then, which is another thing than "no VMs". */
  readonly vms: readonly NamedVm[] | undefined;
  /** The addresses whose names we answer for; undefined until it is known. */
  readonly pool: Prefix | undefined;
}

/** What a zone knows of a name. */
export type Found =
  | { readonly kind: 'outside' }
  | { readonly kind: 'not-loaded' }
  | { readonly kind: 'missing'; readonly zone: string }
  /** The name exists; with no records when it only has names below it. */
  | { readonly kind: 'exists'; readonly zone: string; readonly records: readonly RecordData[] };

export interface ListedRecord {
  readonly name: string;
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

/** The zone of names; VMs own the names directly in it and all below those. */
const vmZone = 'vm';

/** One version of everything we are the authority for: `vm.` and the reverse zones of the pool. Never changes. */
export class Zone {
  readonly serial: number;
  readonly #pool: Prefix | undefined;
  readonly #loaded: boolean;
  readonly #addresses = new Map<string, string>();
  /** By reverse path. No records: the path only has names below it. */
  readonly #pointers = new Map<string, readonly RecordData[]>();

  constructor(content: ZoneContent) {
    this.serial = content.serial;
    this.#pool = content.pool;
    this.#loaded = content.vms !== undefined;
    for (const vm of content.vms ?? []) this.#add(vm);
  }

  /** Looks a name up. `labels` are lower-case, the last label of the name last. */
  find(labels: readonly string[]): Found {
    const position = this.#position(labels);
    if (position === undefined) return { kind: 'outside' };
    if (!this.#loaded) return { kind: 'not-loaded' };
    const own = position.records();
    const records = position.isApex ? [...zoneRecords(position.zone, this.serial), ...(own ?? [])] : own;
    if (records === undefined) return { kind: 'missing', zone: position.zone };
    return { kind: 'exists', zone: position.zone, records };
  }

  /** Every record, by name. */
  records(): ListedRecord[] {
    const listed: [string, RecordData][] = [];
    for (const zone of [vmZone, ...(this.#pool ? reverseZones(this.#pool) : [])]) {
      for (const data of zoneRecords(zone, this.serial)) listed.push([zone, data]);
    }
    for (const [name, address] of this.#addresses) listed.push([`${name}.${vmZone}`, { type: 'A', address }]);
    for (const [path, pointers] of this.#pointers) {
      const address = parseIpv4(path);
      if (address !== undefined) for (const data of pointers) listed.push([reverseName(address), data]);
    }
    return listed
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([name, data]) => ({ name: `${name}.`, ttlSeconds, data }));
  }

  #add({ name, address }: NamedVm): void {
    this.#addresses.set(name, address);
    const number = parseIpv4(address);
    if (number === undefined || !this.#pool || !contains(this.#pool, number)) return;
    const { path, above } = reversePaths(number, this.#pool);
    this.#pointers.set(path, [{ type: 'PTR', host: `${name}.${vmZone}` }]);
    for (const upper of above) if (!this.#pointers.has(upper)) this.#pointers.set(upper, []);
  }

  #position(labels: readonly string[]) {
    if (labels.at(-1) === vmZone) {
      const owner = labels.at(-2);
      return { zone: vmZone, isApex: owner === undefined, records: () => this.#addressOf(owner) };
    }
    const reverse = this.#pool && reversePosition(labels, this.#pool);
    if (!reverse) return undefined;
    const isApex = labels.join('.') === reverse.zone;
    return { zone: reverse.zone, isApex, records: () => this.#pointersAt(reverse.path) };
  }

  #pointersAt(path: string | undefined): readonly RecordData[] | undefined {
    return path === undefined ? undefined : this.#pointers.get(path);
  }

  #addressOf(name: string | undefined): RecordData[] | undefined {
    const address = name === undefined ? undefined : this.#addresses.get(name);
    return address === undefined ? undefined : [{ type: 'A', address }];
  }
}
