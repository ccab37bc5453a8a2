export interface SeatLimits {
  /** Of all together. */
  readonly total: number;
  readonly perOwner: number;
}

/**
 * Places for what is under way. While there is room anybody may have up to `perOwner`. When there is none, whoever has
 * the most gives up the oldest of his for somebody who has at least two less: in the end all who want places have as many.
 */
export class Seats<T> {
  readonly #taken = new Map<string, Set<T>>();
  #size = 0;

  constructor(private readonly limits: SeatLimits) {}

  /**
   * Takes a place; `giveUp` is called with the one that loses its own for it. False when there is none. The same `what` must
   * not be in two places.
   */
  take(owner: string, what: T, giveUp: (other: T) => void): boolean {
    const own = this.#taken.get(owner)?.size ?? 0;
    if (own >= this.limits.perOwner) return false;
    if (this.#size >= this.limits.total) {
      const [richest, theirs] = this.#richest();
      const [oldest] = theirs;
      if (oldest === undefined || theirs.size < own + 2) return false;
      this.leave(richest, oldest);
      giveUp(oldest);
    }
    const seats = this.#taken.get(owner) ?? new Set();
    this.#taken.set(owner, seats.add(what));
    this.#size++;
    return true;
  }

  leave(owner: string, what: T): void {
    const seats = this.#taken.get(owner);
    if (!seats?.delete(what)) return;
    this.#size--;
    if (seats.size === 0) this.#taken.delete(owner);
  }

  all(): T[] {
    return [...this.#taken.values()].flatMap((seats) => [...seats]);
  }

  #richest(): [string, Set<T>] {
    let most: [string, Set<T>] = ['', new Set()];
    for (const one of this.#taken) if (one[1].size > most[1].size) most = one;
    return most;
  }
}
