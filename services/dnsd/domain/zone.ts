import { NameTable } from './name-table.js';
import { type RecordData, type SoaData, ttlSeconds, vmZone, zoneRecords } from './records.js';
import {
  type ReversePool,
  type ReversePosition,
  reverseFamily,
  reverseName,
  reversePosition,
  reverseZones,
} from './reverse-zone.js';

export interface ZoneContent {
  readonly serial: number;
  /** Undefined until the first snapshot: nothing is known then, which is another thing than "no VMs". */
  readonly names: NameTable | undefined;
  /** The addresses whose names we answer for; undefined until they are known. */
  readonly pools: readonly ReversePool[] | undefined;
}

/** What a zone knows of a name. */
export type Found =
  | { readonly kind: 'outside' }
  | { readonly kind: 'not-loaded' }
  | { readonly kind: 'missing'; readonly denial: SoaData }
  /** The name exists; with no records when it only has names below it. */
  | { readonly kind: 'exists'; readonly denial: SoaData; readonly records: readonly RecordData[] };

export interface ListedRecord {
  readonly name: string;
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

const noRecords: readonly RecordData[] = [];

/**
 * Everything we are the authority for, as it is now: `vm.` and the reverse zones of the pools. Made anew, at no cost, with
 * every change of what it looks into; a former one is not to be asked any more.
 */
export class Zone {
  readonly serial: number;
  readonly #names: NameTable | undefined;
  readonly #pools: readonly ReversePool[] | undefined;
  readonly #apexes = new Map<string, readonly [SoaData, RecordData]>();

  constructor({ serial, names, pools }: ZoneContent) {
    this.serial = serial;
    this.#names = names;
    this.#pools = pools;
  }

  /** Looks a name up. `labels` are lower-case, the last label of the name last. */
  find(labels: readonly string[]): Found {
    if (labels.at(-1) === vmZone) {
      return this.#found(vmZone, labels.length === 1, (names) => forwardRecords(names, labels.at(-2)));
    }
    // Until the pools are known, any name of an address may turn out to be ours: it is not yet for others to deny.
    if (this.#pools === undefined && reverseFamily(labels) !== undefined) return { kind: 'not-loaded' };
    const position = reversePosition(labels, this.#pools ?? []);
    if (position === undefined) return { kind: 'outside' };
    return this.#found(position.zone, position.isApex, (names) => reverseRecords(names, position));
  }

  /** Every record, by name. */
  records(): ListedRecord[] {
    const zones = [vmZone, ...(this.#pools ?? []).flatMap(reverseZones)];
    const listed = zones.flatMap((zone) => this.#apexOf(zone).map((data): [string, RecordData] => [zone, data]));
    const names = this.#names ?? new NameTable();
    for (const label of names.owners()) {
      for (const data of forwardRecords(names, label) ?? []) listed.push([`${label}.${vmZone}`, data]);
    }
    for (const { family } of this.#pools ?? []) {
      for (const path of names.paths(family)) this.#listPointer(reverseName(family, path), listed);
    }
    return listed
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([name, data]) => ({ name: `${name}.`, ttlSeconds, data }));
  }

  /** Adds the name of an address, unless the address is in no pool. */
  #listPointer(name: string, listed: [string, RecordData][]): void {
    const found = this.find(name.split('.'));
    if (found.kind !== 'exists') return;
    for (const data of found.records) if (data.type === 'PTR') listed.push([name, data]);
  }

  #found(zone: string, isApex: boolean, look: (names: NameTable) => readonly RecordData[] | undefined): Found {
    if (this.#names === undefined) return { kind: 'not-loaded' };
    const apex = this.#apexOf(zone);
    const [denial] = apex;
    const own = look(this.#names);
    if (isApex) return { kind: 'exists', denial, records: own ? [...apex, ...own] : apex };
    return own === undefined ? { kind: 'missing', denial } : { kind: 'exists', denial, records: own };
  }

  /** Always the same objects, so that what is made of them can be kept. */
  #apexOf(zone: string): readonly [SoaData, RecordData] {
    const known = this.#apexes.get(zone) ?? zoneRecords(zone, this.serial);
    this.#apexes.set(zone, known);
    return known;
  }
}

function forwardRecords(names: NameTable, owner: string | undefined): readonly RecordData[] | undefined {
  return owner === undefined ? undefined : names.owner(owner)?.addresses;
}

function reverseRecords(names: NameTable, { family, path }: ReversePosition): readonly RecordData[] | undefined {
  const holder = path === undefined ? undefined : names.pointer(family, path);
  return holder === 'empty' ? noRecords : holder?.pointers;
}
