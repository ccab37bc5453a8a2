import type { Database, Migration } from './database.js';

/** The table behind `Revisions`; put it first in a service's migrations. */
export const revisionsMigration: Migration = {
  name: 'revisions',
  sql: `CREATE TABLE revision (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL);
        INSERT INTO revision VALUES (1, 0);`,
};

/** One change: the resource's key at a revision. Followers read the resource itself, so they always see its latest state. */
export interface Change {
  readonly key: string;
  readonly revision: number;
}

/**
 * One counter per service that grows with every change, written in the same transaction as the change, and the wake-up
 * of those who watch. A follower that is slow finds each key once, however often it has changed.
 */
export class Revisions {
  readonly #followers = new Set<Follower>();

  constructor(private readonly database: Database) {}

  current(): number {
    return this.database.get<{ value: number }>('SELECT value FROM revision')?.value ?? 0;
  }

  /** Runs `write` in a transaction with the next revision, then tells the followers. */
  change<T>(key: string, write: (revision: number) => T): T {
    let revision = 0;
    const result = this.database.transaction(() => {
      this.database.run('UPDATE revision SET value = value + 1');
      revision = this.current();
      return write(revision);
    });
    for (const follower of this.#followers) follower.push({ key, revision });
    return result;
  }

  /** Yields changes from now on, the latest per key, until the signal aborts. Starts at the call, not at the first read. */
  follow(signal: AbortSignal): AsyncIterable<Change> {
    const follower = new Follower(signal, () => this.#followers.delete(follower));
    this.#followers.add(follower);
    return follower;
  }
}

class Follower implements AsyncIterable<Change> {
  readonly #pending = new Map<string, Change>();
  #wake: (() => void) | undefined;

  constructor(
    private readonly signal: AbortSignal,
    private readonly onEnd: () => void,
  ) {
    signal.addEventListener('abort', this.#end, { once: true });
  }

  readonly #end = () => {
    this.signal.removeEventListener('abort', this.#end);
    this.onEnd();
    this.#wake?.();
  };

  push(change: Change): void {
    this.#pending.delete(change.key);
    this.#pending.set(change.key, change);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Change> {
    try {
      while (!this.signal.aborted) {
        const [change] = this.#pending.values();
        if (change === undefined) {
          await this.#news();
        } else {
          this.#pending.delete(change.key);
          yield change;
        }
      }
    } finally {
      // A follower that left its loop without aborting is told nothing more either.
      this.#end();
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
