import { channel } from 'node:diagnostics_channel';
import { currentContext } from '../context.js';
import type { Log } from '../log.js';
import type { Database, Migration } from '../store/database.js';

/** The table behind `Journal`; append it to a service's migrations. */
export const journalMigration: Migration = {
  name: 'journal',
  sql: `
    -- One row for each thing that was done to the host: written before, closed after. Times in milliseconds since 1970.
    CREATE TABLE journal (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      subject TEXT NOT NULL,
      verb TEXT NOT NULL,
      step TEXT NOT NULL,
      detail TEXT NOT NULL,
      request_id TEXT NOT NULL,
      end_time INTEGER,
      outcome TEXT CHECK (outcome IN ('done', 'failed', 'interrupted')),
      reason TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX journal_subject ON journal (subject, id);
    CREATE INDEX journal_open ON journal (id) WHERE end_time IS NULL;`,
};

/** `interrupted`: the service ended in the middle. Whether it came about is seen on the host; what follows settles it. */
export type Outcome = 'done' | 'failed' | 'interrupted';

/** Something that is done to the host. */
export interface Intent {
  /** What it is done to: the uid of a VM, the digest of an object, or "host". */
  readonly subject: string;
  /** Which effect it is, such as "disks.createOverlay". */
  readonly step: string;
  /** What exactly, for people; empty when the step says it all. */
  readonly detail: string;
  /**
   * Only takes something away. That is done also when it cannot be written down, as on a full disk: it is what makes room,
   * and what is left of it is found by its subject.
   */
  readonly isRemoval: boolean;
}

export interface JournalEntry {
  /** Grows with each entry. */
  readonly id: number;
  readonly time: number;
  readonly subject: string;
  readonly verb: string;
  readonly step: string;
  readonly detail: string;
  readonly requestId: string;
  /** Absent while it is being done. */
  readonly endTime?: number;
  readonly outcome?: Outcome;
  /** The reason of the error that it failed with; empty when it did not. */
  readonly reason: string;
}

/** Told to the subscribers of `journalChannel`, in the middle of what it tells of. */
export interface JournalMoment {
  /** `intent`: written down, and not begun. `effect`: done, and not written down. */
  readonly edge: 'intent' | 'effect';
  readonly verb: string;
  readonly step: string;
  readonly subject: string;
}

/** The name of the `node:diagnostics_channel` on which every journal tells its moments. */
export const journalChannel = 'banger:journal';

/** Entries that are kept; some tens of bytes each. */
const keptEntries = 20_000;
/** How often the oldest go. */
const trimEvery = 500;
const detailLength = 500;

const columns = `id, time, subject, verb, step, detail, request_id AS requestId, end_time AS endTime, outcome, reason`;

/**
 * What a service does to the host, in the database of its state: an intent before, a fact after. After a crash the intents
 * without a fact say where it was.
 */
export class Journal {
  readonly #moments = channel(journalChannel);
  /** What this service is doing now. */
  readonly #current = new Set<number>();

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  /** Does a piece of work between its intent and its fact. Fails as the work does, or when the intent cannot be written. */
  async effect<T>(intent: Intent, work: () => Promise<T>): Promise<T> {
    const verb = currentContext()?.verb ?? '';
    const id = this.#begin(intent, verb);
    if (id !== undefined) this.#current.add(id);
    const { step, subject } = intent;
    if (this.#moments.hasSubscribers) this.#moments.publish({ edge: 'intent', verb, step, subject });
    try {
      const result = await work();
      if (this.#moments.hasSubscribers) this.#moments.publish({ edge: 'effect', verb, step, subject });
      this.#end(id, 'done');
      return result;
    } catch (error) {
      this.#end(id, 'failed', reasonOf(error));
      throw error;
    } finally {
      if (id !== undefined) this.#current.delete(id);
    }
  }

  /** At the start of a service: marks what the last one was in the middle of, and returns it, the first first. */
  interrupted(): readonly JournalEntry[] {
    const left = this.open();
    this.database.run(`UPDATE journal SET end_time = ?, outcome = 'interrupted' WHERE end_time IS NULL`, this.now());
    for (const { step, verb, subject, requestId } of left) {
      this.log.warn({ step, verb, subject, requestId }, 'was interrupted; it is finished or taken back now');
    }
    return left;
  }

  /** What is being done now. */
  open(): readonly JournalEntry[] {
    return this.database.all(`SELECT ${columns} FROM journal WHERE end_time IS NULL ORDER BY id`).map(toEntry);
  }

  /** What is written down as being done though nobody is at it: its end could not be written, as on a full disk. */
  forgotten(): readonly JournalEntry[] {
    return this.open().filter(({ id }) => !this.#current.has(id));
  }

  /** Writes down that nobody knows what became of it. Never of what is being done. */
  closeForgotten(): void {
    const sql = `UPDATE journal SET end_time = ?, outcome = 'interrupted' WHERE id = ? AND end_time IS NULL`;
    for (const { id } of this.forgotten()) this.database.run(sql, this.now(), id);
  }

  /** The last entries about something, the newest last. */
  about(subject: string, count: number): readonly JournalEntry[] {
    const sql = `SELECT ${columns} FROM journal WHERE subject = ? ORDER BY id DESC LIMIT ?`;
    return this.database.all(sql, subject, count).map(toEntry).toReversed();
  }

  #begin(intent: Intent, verb: string): number | undefined {
    try {
      return this.#write(intent, verb);
    } catch (error) {
      if (!intent.isRemoval) throw error;
      this.log.warn(
        { err: error, step: intent.step },
        'could not write down what is removed; removing it all the same',
      );
      return undefined;
    }
  }

  #write({ subject, step, detail }: Intent, verb: string): number {
    const requestId = currentContext()?.requestId ?? '';
    const sql = `INSERT INTO journal (time, subject, verb, step, detail, request_id) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`;
    const values = [this.now(), subject, verb, step, detail.slice(0, detailLength), requestId];
    return this.database.transaction(() => {
      const id = this.database.get<{ id: number }>(sql, ...values)?.id ?? 0;
      if (id % trimEvery === 0) this.#trim(id);
      return id;
    });
  }

  /** A fact that cannot be written leaves the intent open: `forgotten` until the next start, or a repair, closes it. */
  #end(id: number | undefined, outcome: Outcome, reason = ''): void {
    if (id === undefined) return;
    try {
      const sql = 'UPDATE journal SET end_time = ?, outcome = ?, reason = ? WHERE id = ?';
      this.database.run(sql, this.now(), outcome, reason, id);
    } catch (error) {
      this.log.warn({ err: error, id }, 'could not write down what was done');
    }
  }

  #trim(newest: number): void {
    this.database.run('DELETE FROM journal WHERE id <= ? AND end_time IS NOT NULL', newest - keptEntries);
  }
}

/** The journal of a service that starts, before it touches the host: what the last one was in the middle of is logged. */
export function openJournal(database: Database, log: Log): Journal {
  const journal = new Journal(database, log);
  journal.interrupted();
  return journal;
}

function toEntry(row: object): JournalEntry {
  const { endTime, outcome, ...entry } = row as JournalEntry & { endTime: number | null; outcome: Outcome | null };
  return { ...entry, ...(endTime !== null && { endTime }), ...(outcome !== null && { outcome }) };
}

function reasonOf(error: unknown): string {
  const { reason, code } = error as { reason?: unknown; code?: unknown };
  return String(reason ?? code ?? (error as Error).name);
}
