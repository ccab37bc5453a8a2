export interface RateLimits {
  /** What each asker may ask for ever. */
  readonly perSecond: number;
  /** What it may ask at once when it has been quiet. */
  readonly burst: number;
  /** How many askers are remembered; beyond, the one known longest is forgotten, and begins anew. */
  readonly askers: number;
}

interface Bucket {
  tokens: number;
  /** When they were counted, in milliseconds. */
  at: number;
}

/** Limits how often each asker is answered, so that none takes the time that the others need. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();

  constructor(private readonly limits: RateLimits) {}

  /** Whether one more question of this asker is within its limits. `nowMs` never goes back. */
  allows(asker: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(asker) ?? this.#newBucket(asker, nowMs);
    const { burst, perSecond } = this.limits;
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.at) * perSecond) / 1000);
    bucket.at = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #newBucket(asker: string, nowMs: number): Bucket {
    if (this.#buckets.size >= this.limits.askers) {
      const [longest] = this.#buckets.keys();
      if (longest !== undefined) this.#buckets.delete(longest);
    }
    const bucket = { tokens: this.limits.burst, at: nowMs };
    this.#buckets.set(asker, bucket);
    return bucket;
  }
}
