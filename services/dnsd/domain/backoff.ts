/** Longer and longer pauses between attempts: from `firstMs`, doubling, up to `lastMs`. */
export class Backoff {
  #nextMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number,
  ) {
    this.#nextMs = firstMs;
  }

  /** The pause before the next attempt, in milliseconds. */
  next(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.lastMs);
    return ms;
  }

  /** An attempt has succeeded. */
  reset(): void {
    this.#nextMs = this.firstMs;
  }
}
