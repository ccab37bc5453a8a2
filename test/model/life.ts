/** Thrown where a dead service would have gone on; it reaches nobody. */
class Dead extends Error {}

/** At which call a service dies: as it is made, or when it is done and before its answer arrives. */
export interface Fuse {
  readonly calls: number;
  readonly when: 'before' | 'after';
}

interface Followed {
  letGo(): void;
}

/**
 * The life of one service process. What it calls goes through `guard`: once it is dead, nothing it does has an effect and
 * no answer arrives, as after a `kill -9`. What it has already asked of others they still do.
 */
export class Life {
  #isAlive = true;
  #fuse: { left: number; when: Fuse['when'] } | undefined;
  #onDeath: () => void = () => undefined;
  readonly #followed: Followed[] = [];
  /** Resolves when it is dead. */
  readonly death = new Promise<void>((resolve) => {
    this.#onDeath = resolve;
  });

  /** Whether a fuse is lit that has not burnt down. */
  get isLit(): boolean {
    return this.#fuse !== undefined;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Dies at one of the next calls. */
  light(fuse: Fuse): void {
    this.#fuse = { left: fuse.calls, when: fuse.when };
  }

  putOut(): void {
    this.#fuse = undefined;
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const machine of this.#followed) machine.letGo();
    this.#onDeath();
  }

  /** The same port, for as long as this life lasts. `counts` says which of its methods a fuse counts. */
  guard<T extends object>(port: T, counts: (method: string) => boolean = () => true): T {
    return new Proxy(port, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (value instanceof Promise) return this.#answer(value);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#call(() => value.apply(target, args), counts(String(name)));
      },
    });
  }

  #call(work: () => unknown, counts: boolean): unknown {
    const when = counts ? this.#burn() : undefined;
    if (when === 'before') this.kill();
    if (!this.#isAlive) throw new Dead('the service is dead');
    const result = work();
    if (when === 'after' && !(result instanceof Promise)) this.kill();
    if (result instanceof Promise) return this.#answer(result, when === 'after');
    if (!this.#isAlive) throw new Dead('the service is dead');
    return result;
  }

  /** Where in a call it dies; undefined when it does not. */
  #burn(): Fuse['when'] | undefined {
    if (this.#fuse === undefined || this.#fuse.left-- > 0) return undefined;
    const { when } = this.#fuse;
    this.#fuse = undefined;
    return when;
  }

  #answer(work: Promise<unknown>, dies = false): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const over = (go: () => void) => {
        if (dies) this.kill();
        if (this.#isAlive) go();
      };
      work.then(
        (value) => over(() => resolve(isFollowed(value) ? this.#follow(value) : value)),
        (error) => over(() => reject(error)),
      );
    });
  }

  #follow(machine: Followed): Followed {
    this.#followed.push(machine);
    return this.guard(machine);
  }
}

function isFollowed(value: unknown): value is Followed {
  return typeof value === 'object' && value !== null && 'letGo' in value;
}
