/** What the zone holds. Names are lower-case, without the last dot. */

/** The zone of names; VMs own the names directly in it and all below those. */
export const vmZone = 'vm';

/** Type codes, from the IANA registry "Resource Record (RR) TYPEs". */
export const typeCodes = { A: 1, NS: 2, SOA: 6, PTR: 12, AAAA: 28 } as const;
/** Types that only a question can have. */
export const questionTypes = { IXFR: 251, AXFR: 252, ANY: 255 } as const;

export type RecordData =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'AAAA'; readonly address: string }
  | { readonly type: 'PTR'; readonly host: string }
  | { readonly type: 'NS'; readonly host: string }
  | SoaData;

export interface SoaData {
  readonly type: 'SOA';
  /** The zone's name: also its name server's, see `zoneRecords`. */
  readonly zone: string;
  /** Grows with every change; the wire has room for 32 bits. */
  readonly serial: number;
}

/**
 * How long an answer may be kept, in seconds. A VM keeps its address for life, but its name can go to another VM a
 * moment after it is deleted: for at most this long a resolver's cache sends people to the wrong place. Long enough to
 * absorb a burst of connections.
 */
export const ttlSeconds = 5;

/** As long as anyone may be told "no such name" after the VM has appeared: people ask, create, and ask again. */
export const negativeTtlSeconds = 1;

/** For secondaries, of which there are none: RFC 6303 section 3 has these values for zones that nobody transfers. */
export const soaTimers = { refresh: 3600, retry: 1200, expire: 604_800 } as const;

/** Nobody reads mail about this zone: RFC 6303 section 3. */
export const soaMailbox = 'nobody.invalid';

/**
 * SOA and NS of a zone. The zone is its own name server, without an address: what RFC 6303 prescribes for local zones,
 * and the one name in `vm.` that no VM can take.
 */
export function zoneRecords(zone: string, serial: number): [SoaData, RecordData] {
  return [
    { type: 'SOA', zone, serial },
    { type: 'NS', host: zone },
  ];
}

/** The data of a record as in a zone file. */
export function recordText(record: RecordData): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address;
    case 'PTR':
    case 'NS':
      return `${record.host}.`;
    case 'SOA': {
      const { refresh, retry, expire } = soaTimers;
      return `${record.zone}. ${soaMailbox}. ${record.serial} ${refresh} ${retry} ${expire} ${negativeTtlSeconds}`;
    }
  }
}
