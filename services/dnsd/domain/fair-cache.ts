export interface CacheLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** What is kept of an entry beside its value. */
export interface EntryFacts {
  /** Who asked for it first: it counts against his share. */
  readonly owner: string;
  /** What it occupies, keys and all. */
  readonly bytes: number;
  readonly expiresAtMs: number;
}

interface Entry<V> extends EntryFacts {
  readonly value: V;
}

interface Share {
  bytes: number;
  /** What was used longest ago is first. */
  readonly keys: Set<string>;
}

/**
 * A memory with bounds. When it is full, whoever has the most in it loses what was used longest ago: somebody who asks for
 * names without end pushes out his own only. Pure: whoever uses it says what time it is.
 */
export class FairCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #shares = new Map<string, Share>();
  #bytes = 0;

  constructor(private readonly limits: CacheLimits) {}

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string, nowMs: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (nowMs >= entry.expiresAtMs) {
      this.#drop(key, entry);
      return undefined;
    }
    const keys = this.#shares.get(entry.owner)?.keys;
    if (keys?.delete(key)) keys.add(key);
    return entry.value;
  }

  set(key: string, value: V, facts: EntryFacts): void {
    const former = this.#entries.get(key);
    if (former) this.#drop(key, former);
    if (facts.bytes > this.limits.bytes || this.limits.entries < 1) return;
    while (this.#entries.size >= this.limits.entries || this.#bytes + facts.bytes > this.limits.bytes) this.#makeRoom();
    this.#entries.set(key, { ...facts, value });
    this.#bytes += facts.bytes;
    const share = this.#shares.get(facts.owner) ?? { bytes: 0, keys: new Set() };
    share.bytes += facts.bytes;
    share.keys.add(key);
    this.#shares.set(facts.owner, share);
  }

  clear(): void {
    this.#entries.clear();
    this.#shares.clear();
    this.#bytes = 0;
  }

  #makeRoom(): void {
    let most: Share | undefined;
    for (const share of this.#shares.values()) if (share.bytes > (most?.bytes ?? -1)) most = share;
    const [oldest] = most?.keys ?? [];
    const entry = oldest === undefined ? undefined : this.#entries.get(oldest);
    if (oldest !== undefined && entry) this.#drop(oldest, entry);
  }

  #drop(key: string, { owner, bytes }: Entry<V>): void {
    this.#entries.delete(key);
    this.#bytes -= bytes;
    const share = this.#shares.get(owner);
    if (share === undefined) return;
    share.bytes -= bytes;
    share.keys.delete(key);
    if (share.keys.size === 0) this.#shares.delete(owner);
  }
}
