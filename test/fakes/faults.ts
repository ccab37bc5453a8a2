/** Lets a test decide what becomes of a call to a fake: it fails once, always, or does not end until it is aborted. */
export class Faults {
  readonly #once = new Map<string, unknown[]>();
  readonly #always = new Map<string, unknown>();
  readonly #hanging = new Set<string>();
  #every: { readonly error: unknown } | undefined;
  /** How many turns of the event loop each call takes. It is not cut short by its signal: an answer may be on its way. */
  turns = 0;
  /** Every call, in order. */
  readonly calls: string[] = [];
  /** Told of every call as it begins. */
  onCall: (call: string) => void = () => undefined;

  failOnce(call: string, error: unknown): void {
    this.#once.set(call, [...(this.#once.get(call) ?? []), error]);
  }

  failAlways(call: string, error: unknown): void {
    this.#always.set(call, error);
  }

  /** All calls fail. */
  failEvery(error: unknown): void {
    this.#every = { error };
  }

  /** The call does not end before its signal aborts. */
  hang(call: string): void {
    this.#hanging.add(call);
  }

  /** All calls succeed again. */
  heal(): void {
    this.#once.clear();
    this.#always.clear();
    this.#hanging.clear();
    this.#every = undefined;
  }

  /** For the fakes: the place where a call may go wrong. */
  async at(call: string, signal?: AbortSignal): Promise<void> {
    this.calls.push(call);
    this.onCall(call);
    signal?.throwIfAborted();
    for (let i = 0; i < this.turns; i++) await new Promise((resolve) => setImmediate(resolve));
    if (this.#hanging.has(call)) await aborted(signal);
    const next = this.#once.get(call)?.shift();
    if (next !== undefined) throw next;
    if (this.#always.has(call)) throw this.#always.get(call);
    if (this.#every) throw this.#every.error;
  }
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
