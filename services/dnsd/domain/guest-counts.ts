/** What has come of the queries of one guest. */
export interface GuestCounts {
  /** All that it has asked. */
  readonly asked: number;
  /** Of names that are not ours: answered by a name server. */
  readonly forwarded: number;
  /** Of those: answered from memory. */
  readonly remembered: number;
  /** Of those: no name server helped. */
  readonly failed: number;
  /** Not looked at, or given up, because the guest asks more than its share. */
  readonly limited: number;
}

export type Outcome = keyof GuestCounts;

/** A guest by its address, and what it has asked since it has had its name. */
export interface CountedGuest extends GuestCounts {
  readonly name: string;
  readonly address: string;
}

const nothing: GuestCounts = { asked: 0, forwarded: 0, remembered: 0, failed: 0, limited: 0 };

/**
 * Counts by guest. An address that goes to another VM begins anew, and what nobody has any more is forgotten, so that
 * there are never more counts than addresses of VMs.
 */
export class GuestLedger {
  readonly #counts = new Map<string, { name: string; counts: Record<Outcome, number> }>();

  /** `nameOf` tells the VM that has an address now. */
  constructor(private readonly nameOf: (address: string) => string | undefined) {}

  count(address: string, outcome: Outcome): void {
    const name = this.nameOf(address);
    if (name === undefined) return;
    const known = this.#counts.get(address);
    const entry = known?.name === name ? known : { name, counts: { ...nothing } };
    entry.counts[outcome]++;
    this.#counts.set(address, entry);
  }

  /** Those that have asked and still have their address, by name. */
  guests(): CountedGuest[] {
    for (const [address, { name }] of this.#counts) if (this.nameOf(address) !== name) this.#counts.delete(address);
    return [...this.#counts]
      .map(([address, { name, counts }]) => ({ name, address, ...counts }))
      .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  }
}
