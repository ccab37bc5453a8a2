import { currentContext } from '../context.js';
import type { Log } from '../log.js';
import type { Database, Migration } from '../store/database.js';
import { pendingVerb } from './audit.js';
import { callerNames } from './caller.js';
import {
  type EventCaller,
  type EventDraft,
  type EventNews,
  type EventQuery,
  isWanted,
  type ToldEvent,
} from './event.js';

/** The table behind `EventLog`; append it to a service's migrations. */
export const eventsMigration: Migration = {
  name: 'events',
  sql: `
    -- What has happened, and who asked for it. Times in milliseconds since 1970; a caller is JSON.
    CREATE TABLE event (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      type TEXT NOT NULL,
      action TEXT NOT NULL,
      object TEXT,
      uid TEXT,
      outcome TEXT,
      reason TEXT,
      message TEXT NOT NULL,
      request_id TEXT NOT NULL,
      caller TEXT
    ) STRICT;
    CREATE INDEX event_uid ON event (uid, id);`,
};

export interface EventLimits {
  /** More than these are never kept. */
  readonly most: number;
  /** The newest so many are kept however old they are: a clock that jumps must not empty the log. */
  readonly least: number;
  readonly ageMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Some hundred bytes each: a few MiB at most. */
const standardLimits: EventLimits = { most: 20_000, least: 1_000, ageMs: 30 * dayMs };
/** How often the oldest go. */
const trimEvery = 100;
/** Read at once: a reader that is slow keeps no more than these in memory. */
const batchSize = 256;
const messageLength = 2_000;

type EventRow = { readonly [K in keyof ToldEvent]: ToldEvent[K] | null } & { readonly callerJson: string | null };

const columns =
  'id, time, type, action, object, uid, outcome, reason, message, request_id AS requestId, caller AS callerJson';

export interface EventLogOptions {
  readonly now?: () => number;
  readonly limits?: EventLimits;
  /** Above all ids that a former log gave, where that one is lost: for logs in memory. */
  readonly firstId?: number;
}

/** The events of a service, in its database: with what they tell of, or not at all. */
export class EventLog {
  readonly #waiting = new Set<() => void>();
  readonly #now: () => number;
  readonly #limits: EventLimits;
  readonly #firstId: number;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    { now = Date.now, limits = standardLimits, firstId }: EventLogOptions = {},
  ) {
    this.#now = now;
    this.#limits = limits;
    this.#firstId = firstId ?? 0;
    if (firstId !== undefined) database.run(`INSERT INTO sqlite_sequence (name, seq) VALUES ('event', ?)`, firstId - 1);
  }

  /** Writes an event; in a transaction, with the change that it tells of. Fails as the change would, on a full disk. */
  record(draft: EventDraft): void {
    this.#write(draft);
    for (const wake of this.#waiting) wake();
  }

  /** Writes an event that tells of what has happened anyhow: when it cannot be written, the service's log has it. */
  tell(draft: EventDraft): void {
    try {
      this.record(draft);
    } catch (err) {
      this.log.warn({ err, event: draft }, 'an event could not be written down');
    }
  }

  /** In the transaction of a verb's change: writes that the verb was accepted, once. */
  acceptVerb(): void {
    const verb = pendingVerb();
    if (verb === undefined || verb.isRecorded || verb.deed === undefined) return;
    this.record({ type: 'verb', action: verb.name, ...verb.deed, outcome: 'accepted', message: `${verb.name}` });
    // A transaction that fails takes its event with it; the failure is told then.
    verb.isRecorded = true;
  }

  /** The newest events about something, the newest last. */
  about(uid: string, count: number): readonly ToldEvent[] {
    const sql = `SELECT ${columns} FROM event WHERE uid = ? ORDER BY id DESC LIMIT ?`;
    return this.database.all<EventRow>(sql, uid, count).map(toEvent).toReversed();
  }

  /** What is kept and wanted, the oldest first, then `synced`; with `follow` what comes, until the signal aborts. */
  async *read(query: EventQuery, follow: boolean, signal: AbortSignal): AsyncIterable<EventNews> {
    let cursor = this.#start(query);
    let isSynced = false;
    while (!signal.aborted) {
      const missed = cursor > 0 ? this.#oldest() - cursor - 1 : 0;
      if (missed > 0) {
        cursor += missed;
        yield { kind: 'missed', count: missed };
      }
      const batch = this.#after(cursor);
      for (const event of batch) {
        cursor = event.id;
        if (isWanted(event, query)) yield { kind: 'happened', event };
      }
      if (batch.length > 0) continue;
      if (!isSynced) {
        isSynced = true;
        yield { kind: 'synced', id: this.#newest() };
      } else if (follow) {
        await this.#news(signal);
      }
      if (!follow) return;
    }
  }

  /** Where to begin. An id that this log has not given yet is that of a log that was lost. */
  #start(query: EventQuery): number {
    const { afterId = 0, since, tail = 0 } = query;
    const after = afterId > this.#newest() || afterId < this.#firstId ? 0 : afterId;
    const early = since === undefined ? 0 : this.#before(since);
    return Math.max(after, early, tail > 0 ? this.#beforeTail(query, tail) : 0);
  }

  /** The last id before the first event of that time or later. */
  #before(since: number): number {
    const sql = 'SELECT MIN(id) AS id FROM event WHERE time >= ?';
    return (this.database.get<{ id: number | null }>(sql, since)?.id ?? this.#newest() + 1) - 1;
  }

  #beforeTail(query: EventQuery, tail: number): number {
    let left = tail;
    let below = this.#newest() + 1;
    for (;;) {
      const sql = `SELECT ${columns} FROM event WHERE id < ? ORDER BY id DESC LIMIT ?`;
      const batch = this.database.all<EventRow>(sql, below, batchSize).map(toEvent);
      if (batch.length === 0) return 0;
      for (const event of batch) {
        below = event.id;
        if (isWanted(event, query) && --left === 0) return below - 1;
      }
    }
  }

  #after(id: number): ToldEvent[] {
    const sql = `SELECT ${columns} FROM event WHERE id > ? ORDER BY id LIMIT ?`;
    return this.database.all<EventRow>(sql, id, batchSize).map(toEvent);
  }

  #oldest(): number {
    return this.database.get<{ id: number | null }>('SELECT MIN(id) AS id FROM event')?.id ?? this.#newest() + 1;
  }

  #newest(): number {
    return this.database.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'event'`)?.seq ?? 0;
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #write(draft: EventDraft): void {
    const { type, action, object = null, uid = null, outcome = null, reason = null, message } = draft;
    const context = currentContext();
    const caller = context?.caller && JSON.stringify(callerNames(context.caller));
    const sql = `INSERT INTO event (time, type, action, object, uid, outcome, reason, message, request_id, caller)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    const words = [type, action, object, uid, outcome, reason, message.slice(0, messageLength)];
    this.database.transaction(() => {
      this.database.run(sql, this.#now(), ...words, context?.requestId ?? '', caller ?? null);
      const newest = this.#newest();
      if (newest % trimEvery === 0) this.#trim(newest);
    });
  }

  #trim(newest: number): void {
    const { most, least, ageMs } = this.#limits;
    // The oldest alone: from one that stays on, all stay.
    const firstYoung = this.#before(this.#now() - ageMs) + 1;
    const first = Math.max(newest - most + 1, Math.min(firstYoung, newest - least + 1));
    this.database.run('DELETE FROM event WHERE id < ?', first);
  }
}

function toEvent(row: EventRow): ToldEvent {
  const { callerJson, ...columnsOfRow } = row;
  const present = Object.entries(columnsOfRow).filter(([, value]) => value !== null);
  const caller = callerJson === null ? {} : { caller: JSON.parse(callerJson) as EventCaller };
  return { ...(Object.fromEntries(present) as unknown as ToldEvent), ...caller };
}
