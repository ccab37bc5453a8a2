import { type Happenings, untold } from '../../../lib/events/happenings.js';
import type { Database, Migration } from '../../../lib/store/database.js';
import type { Burial, TrashStore } from '../app/ports.js';
import { type BootReading, type HostTime, hostTimeAt } from '../domain/host-time.js';
import { type Remain, type RemainPart, remainParts, type TrashEntry } from '../domain/trash.js';
import type { Vm } from '../domain/vm.js';

/** Deleted VMs, what is left of those that are gone for good, and the count of the host's running time. */
export const trashMigration: Migration = {
  name: 'trash',
  sql: `CREATE TABLE trash (
          uid TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          delete_time INTEGER NOT NULL,
          deleted_at INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          document TEXT NOT NULL
        ) STRICT;
        CREATE TABLE remain (
          uid TEXT NOT NULL,
          part TEXT NOT NULL,
          name TEXT NOT NULL,
          since INTEGER NOT NULL,
          problem TEXT NOT NULL,
          PRIMARY KEY (uid, part)
        ) STRICT;
        CREATE TABLE host_time (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          boot_id TEXT NOT NULL,
          uptime_ms INTEGER NOT NULL,
          up_ms INTEGER NOT NULL
        ) STRICT;`,
};

interface TrashRow {
  readonly delete_time: number;
  readonly deleted_at: number;
  readonly bytes: number;
  readonly document: string;
}

interface TimeRow {
  readonly boot_id: string;
  readonly uptime_ms: number;
  readonly up_ms: number;
}

export class SqliteTrashStore implements TrashStore {
  constructor(
    private readonly database: Database,
    private readonly now: () => number,
    private readonly events: Pick<Happenings, 'acceptVerb'> = untold,
  ) {}

  list(): TrashEntry[] {
    return this.database.all<TrashRow>('SELECT * FROM trash ORDER BY deleted_at DESC, delete_time DESC').map(toEntry);
  }

  get(uid: string): TrashEntry | undefined {
    const row = this.database.get<TrashRow>('SELECT * FROM trash WHERE uid = ?', uid);
    return row && toEntry(row);
  }

  giveUp(uid: string): void {
    const entry = this.get(uid);
    if (entry === undefined) return;
    this.database.transaction(() => {
      this.database.run('DELETE FROM trash WHERE uid = ?', uid);
      for (const part of ['disk', 'image'] as const) {
        addRemain(this.database, { uid, name: entry.vm.name, part, since: this.now(), problem: '' });
      }
      this.events.acceptVerb();
    });
  }

  remains(uid?: string): Remain[] {
    const [where, values] = uid === undefined ? ['', []] : ['WHERE uid = ?', [uid]];
    const rows = this.database.all<Remain>(
      `SELECT uid, name, part, since, problem FROM remain ${where} ORDER BY since, uid`,
      ...values,
    );
    return rows.toSorted((one, other) =>
      one.uid === other.uid ? remainParts.indexOf(one.part) - remainParts.indexOf(other.part) : 0,
    );
  }

  noteProblem(uid: string, part: RemainPart, problem: string): void {
    this.database.run('UPDATE remain SET problem = ? WHERE uid = ? AND part = ?', problem, uid, part);
  }

  cleaned(uid: string, part: RemainPart): void {
    this.database.run('DELETE FROM remain WHERE uid = ? AND part = ?', uid, part);
  }

  lastBootId(): string | undefined {
    return this.database.get<{ boot_id: string }>('SELECT boot_id FROM host_time')?.boot_id;
  }

  countTime(reading: BootReading): number {
    const row = this.database.get<TimeRow>('SELECT boot_id, uptime_ms, up_ms FROM host_time');
    const recorded: HostTime | undefined = row && { bootId: row.boot_id, uptimeMs: row.uptime_ms, upMs: row.up_ms };
    const { bootId, uptimeMs, upMs } = hostTimeAt(recorded, reading);
    const sql = 'INSERT OR REPLACE INTO host_time (id, boot_id, uptime_ms, up_ms) VALUES (1, ?, ?, ?)';
    this.database.run(sql, bootId, uptimeMs, upMs);
    return upMs;
  }
}

/** Within the transaction that removes the VM itself. */
export function bury(database: Database, { kept, remains }: Burial): void {
  if (kept) {
    const { revision: _, ...document } = kept.vm;
    const { uid, name } = kept.vm;
    const sql = 'INSERT INTO trash (uid, name, delete_time, deleted_at, bytes, document) VALUES (?, ?, ?, ?, ?, ?)';
    database.run(sql, uid, name, kept.deleteTime, kept.deletedAt, kept.bytes, JSON.stringify(document));
  }
  for (const remain of remains) addRemain(database, remain);
}

/** Within the transaction that brings the VM back: what was left of it is its own again. */
export function unbury(database: Database, uid: string): void {
  database.run('DELETE FROM trash WHERE uid = ?', uid);
  database.run('DELETE FROM remain WHERE uid = ?', uid);
}

function addRemain(database: Database, { uid, name, part, since, problem }: Remain): void {
  const sql = 'INSERT OR REPLACE INTO remain (uid, part, name, since, problem) VALUES (?, ?, ?, ?, ?)';
  database.run(sql, uid, part, name, since, problem);
}

function toEntry({ delete_time: deleteTime, deleted_at: deletedAt, bytes, document }: TrashRow): TrashEntry {
  const vm: Vm = { ...(JSON.parse(document) as Omit<Vm, 'revision'>), revision: 0 };
  return { vm, deleteTime, deletedAt, bytes };
}
