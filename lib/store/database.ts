import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { BangerError, commonReasons } from '../errors.js';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  withStorageErrorsSync,
} from '../host/files.js';

/** A value that SQLite stores. */
export type SqlValue = string | number | bigint | Buffer | null;
export type Row = Record<string, SqlValue>;

/** The slice of SQLite that the stores use. Synchronous: one writer, and no query of ours waits for anything. */
export interface Database {
  /** Runs one statement; returns how many rows changed. */
  run(sql: string, ...values: SqlValue[]): number;
  get<T extends object = Row>(sql: string, ...values: SqlValue[]): T | undefined;
  all<T extends object = Row>(sql: string, ...values: SqlValue[]): T[];
  /** Runs `work` in one transaction; all or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** One step of a schema, applied once, in order, each in a transaction of its own. Never edit one that has shipped. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Opens a service's database, making it when there is none, and brings its schema up to date. Before migrating a
 * database that has content, a copy is kept beside it (`NAME.backup`).
 *
 * Durable at every commit (`synchronous=FULL`), for it names objects on the host that must never be forgotten. Fails
 * with DATABASE_UNUSABLE when the file is damaged or from a newer banger, with STORAGE_UNWRITABLE when it cannot be
 * written: then, and at every later write.
 */
export function openDatabase(path: string, migrations: readonly Migration[]): Database {
  try {
    return withStorageErrorsSync(path, () => {
      const sqlite = connect(path);
      try {
        prepareConnection(sqlite, path);
        migrate(sqlite, path, migrations);
      } catch (error) {
        sqlite.close();
        throw error;
      }
      return wrap(sqlite, path);
    });
  } catch (error) {
    throw error instanceof BangerError ? error : unusable(path, (error as Error).message, error);
  }
}

/** A service's database, and the schema that this build gives it. */
export interface DatabaseFile {
  readonly path: string;
  readonly migrations: readonly Migration[];
}

/** Opens a database that is there as it is, whatever its schema. Fails as `openDatabase` does. */
export function openAsItIs(path: string): Database {
  try {
    return wrap(connect(path, { fileMustExist: true }), path);
  } catch (error) {
    throw unusable(path, (error as Error).message, error);
  }
}

/** How many migrations a database has had. */
export function schemaOf(database: Database): number {
  return database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** Fails with DATABASE_UNUSABLE when a database is from a newer banger; one that is not there is none's. Changes nothing. */
export function checkSchema({ path, migrations }: DatabaseFile): void {
  if (!existsSync(path)) return;
  const database = openAsItIs(path);
  try {
    refuseNewer(path, schemaOf(database), migrations.length);
  } catch (error) {
    throw error instanceof BangerError ? error : unusable(path, (error as Error).message, error);
  } finally {
    database.close();
  }
}

function refuseNewer(path: string, version: number, known: number): void {
  if (version <= known) return;
  const message =
    `cannot use the database ${path}: it has schema ${version}, this banger knows ${known}: it is from a newer banger; ` +
    'install that one again, or go back to the state before it with `banger daemon restore-backup`';
  throw new BangerError('wrong-state', commonReasons.DATABASE_UNUSABLE, message, { metadata: { path } });
}

function connect(path: string, options: Sqlite.Options = {}): Sqlite.Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  return new Sqlite(path, options);
}

function prepareConnection(sqlite: Sqlite.Database, path: string): void {
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('busy_timeout = 5000');
  if (path !== ':memory:') chmodSync(path, 0o640);
  const check = sqlite.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') throw unusable(path, `it is damaged (${String(check)})`);
}

function migrate(sqlite: Sqlite.Database, path: string, migrations: readonly Migration[]): void {
  const version = Number(sqlite.pragma('user_version', { simple: true }));
  refuseNewer(path, version, migrations.length);
  if (version > 0 && version < migrations.length) backUp(sqlite, path);
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    sqlite.transaction(() => {
      sqlite.exec(migration.sql);
      sqlite.pragma(`user_version = ${index + 1}`);
    })();
  }
}

function backUp(sqlite: Sqlite.Database, path: string): void {
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
  const temporary = `${path}.backup.tmp`;
  if (existsSync(temporary)) rmSync(temporary);
  copyFileSync(path, temporary);
  renameSync(temporary, `${path}.backup`);
}

function wrap(sqlite: Sqlite.Database, path: string): Database {
  const cache = new Map<string, Sqlite.Statement<SqlValue[]>>();
  const statement = (sql: string) => {
    const known = cache.get(sql) ?? sqlite.prepare<SqlValue[]>(sql);
    cache.set(sql, known);
    return known;
  };
  return {
    run: (sql, ...values) => withStorageErrorsSync(path, () => statement(sql).run(...values).changes),
    get: <T>(sql: string, ...values: SqlValue[]) => statement(sql).get(...values) as T | undefined,
    all: <T>(sql: string, ...values: SqlValue[]) => statement(sql).all(...values) as T[],
    transaction: (work) => withStorageErrorsSync(path, () => sqlite.transaction(work).immediate()),
    close: () => sqlite.close(),
  };
}

function unusable(path: string, why: string, cause?: unknown): BangerError {
  const backup = existsSync(`${path}.backup`) ? `restore ${path}.backup, or ` : '';
  const message = `cannot use the database ${path}: ${why}; ${backup}move the file away to start empty`;
  return new BangerError('wrong-state', commonReasons.DATABASE_UNUSABLE, message, { metadata: { path }, cause });
}

/** A connection that holds the exclusive lock of a database file, or undefined when another process holds it. */
export function openLockConnection(path: string): { close(): void } | undefined {
  return withStorageErrorsSync(path, () => {
    const sqlite = connect(path, { timeout: 0 });
    try {
      sqlite.exec('BEGIN EXCLUSIVE');
      return sqlite;
    } catch (error) {
      sqlite.close();
      const { code } = error as { code?: string };
      if (code === 'SQLITE_BUSY') return undefined;
      throw code === 'SQLITE_NOTADB' ? unusable(path, 'it is no lock of banger', error) : error;
    }
  });
}
