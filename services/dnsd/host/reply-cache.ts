/** What an entry takes beside its octets: a string, a Buffer, a place in a Map. */
const entryOverheadBytes = 200;

/**
 * Keeps what has been asked for lately, in bounded memory. Two generations: what is added goes to the young one, what is
 * found in the old one moves there; when the young one is full it becomes the old one, whose rest is forgotten. So a scan
 * through names that nobody asks for again, however long, pushes out its own, and not what is asked for all the time.
 */
export class ReplyCache {
  #young = new Map<string, Buffer>();
  #old = new Map<string, Buffer>();
  #youngBytes = 0;

  /** Up to twice `generationBytes` are kept. */
  constructor(private readonly generationBytes: number) {}

  get(key: string): Buffer | undefined {
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.set(key, old);
    return old;
  }

  /** For a key that is not there. */
  set(key: string, reply: Buffer): void {
    const bytes = key.length + reply.length + entryOverheadBytes;
    if (this.#youngBytes + bytes > this.generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, reply);
    this.#youngBytes += bytes;
  }

  clear(): void {
    if (this.#youngBytes === 0) return;
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }
}
