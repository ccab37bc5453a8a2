import { dirname } from 'node:path';
import { chown, copyFile, existsSync, removePath, rename, stat, statSync, syncFolder } from '../host/files.js';
import { type Database, type DatabaseFile, openAsItIs, schemaOf } from './database.js';

/**
 * Going back: a database whose schema a newer banger has changed is put back as it was before, from the copy that
 * `openDatabase` made. The newer one is kept beside it.
 */

export interface BackupReport {
  readonly path: string;
  /**
   * `fits`: nothing to do. `restorable`: it is from a newer banger, and there is a copy that this one knows. `no-backup`: it
   * is from a newer banger, and there is none.
   */
  readonly state: 'fits' | 'restorable' | 'no-backup';
  /** What has changed since the copy was made, a line each: going back loses it. */
  readonly lost: readonly string[];
}

const backupOf = (path: string) => `${path}.backup`;
/** Where the newer database is kept. */
const newerOf = (path: string) => `${path}.newer`;
/** A table with more changes than these is told by their number. */
const maxNamed = 10;

export function lookAtBackup({ path, migrations }: DatabaseFile): BackupReport {
  if (!existsSync(path)) return { path, state: 'fits', lost: [] };
  const database = openAsItIs(path);
  try {
    if (schemaOf(database) <= migrations.length) return { path, state: 'fits', lost: [] };
    if (!isUsable(backupOf(path), migrations.length)) return { path, state: 'no-backup', lost: [] };
    return { path, state: 'restorable', lost: changesSince(database, backupOf(path)) };
  } finally {
    database.close();
  }
}

function isUsable(path: string, known: number): boolean {
  if (!existsSync(path)) return false;
  const backup = openAsItIs(path);
  try {
    return schemaOf(backup) <= known;
  } finally {
    backup.close();
  }
}

/** Puts the copy in the place of a database that is `restorable`; leaves any other. Whole or not at all. */
export async function restoreBackup(file: DatabaseFile): Promise<void> {
  if (lookAtBackup(file).state !== 'restorable') return;
  const { path } = file;
  // What is still in the log goes to the file that is kept; the last connection takes the log away as it closes.
  const database = openAsItIs(path);
  database.get('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const { uid, gid } = await stat(path);
  const temporary = `${path}.restoring`;
  await removePath(temporary);
  await copyFile(backupOf(path), temporary);
  await chown(temporary, uid, gid);
  await copyFile(path, newerOf(path));
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

function changesSince(database: Database, backup: string): string[] {
  const made = statSync(backup).mtime.toISOString();
  database.run('ATTACH ? AS former', backup);
  try {
    const tables = database.all<{ name: string }>(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    return tables.flatMap(({ name }) => tableChanges(database, name)).map((line) => `${line}, since ${made}`);
  } finally {
    database.run('DETACH former');
  }
}

interface Column {
  readonly name: string;
  /** Its place in the primary key, from 1; 0 when it is in none. */
  readonly pk: number;
}

const columnsOf = (database: Database, schema: string, table: string) =>
  database.all<Column>('SELECT name, pk FROM pragma_table_info(?, ?)', table, schema);
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/**
 * The rows of a table that going back would take away, bring back, or change. Where rows have a revision, that alone
 * decides whether one has changed: migrations rewrite the rest.
 */
function tableChanges(database: Database, table: string): string[] {
  const now = columnsOf(database, 'main', table);
  const former = columnsOf(database, 'former', table);
  if (former.length === 0) {
    return told(table, 'in a table of the newer banger', rows(database, 'main', table, labelIn(now)));
  }
  const common = now.filter(({ name }) => former.some((one) => one.name === name));
  const label = labelIn(common);
  const key = common.filter(({ pk }) => pk > 0);
  const same = (columns: readonly Column[]) =>
    columns.map(({ name }) => `a.${quoted(name)} IS b.${quoted(name)}`).join(' AND ');
  const missing = (columns: readonly Column[], other: string) =>
    `NOT EXISTS (SELECT 1 FROM ${other}.${quoted(table)} b WHERE ${same(columns)})`;
  const identity = key.length > 0 ? key : common;
  const revision = common.filter(({ name }) => name === 'revision');
  const content = revision.length > 0 ? [...identity, ...revision] : common;
  const isKept = `EXISTS (SELECT 1 FROM former.${quoted(table)} b WHERE ${same(identity)})`;
  return [
    ...told(table, 'made', rows(database, 'main', table, label, missing(identity, 'former'))),
    ...told(table, 'removed', rows(database, 'former', table, label, missing(identity, 'main'))),
    ...told(table, 'changed', rows(database, 'main', table, label, `${isKept} AND ${missing(content, 'former')}`)),
  ];
}

/** The column that people know a row by. */
function labelIn(columns: readonly Column[]): string | undefined {
  return columns.find(({ name }) => /^(vm_|holder_)?name$/.test(name))?.name;
}

function rows(database: Database, schema: string, table: string, label: string | undefined, where = 'TRUE'): string[] {
  const what = label === undefined ? `''` : `a.${quoted(label)}`;
  const sql = `SELECT ${what} AS label FROM ${schema}.${quoted(table)} a WHERE ${where} ORDER BY 1`;
  return database.all<{ label: string }>(sql).map(({ label }) => label);
}

function told(table: string, how: string, labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  const names = labels.filter((label) => label !== '');
  const which = names.length === 0 || names.length > maxNamed ? '' : ` (${names.join(', ')})`;
  return [`${table}: ${labels.length} ${how}${which}`];
}
