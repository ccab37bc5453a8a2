import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { lookAtBackup, restoreBackup } from './backup.js';
import { checkSchema, type Database, type Migration, openDatabase } from './database.js';
import { revisionsMigration } from './revisions.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'vmm.db');
});
afterEach(() => folder.remove());

const older: readonly Migration[] = [
  revisionsMigration,
  {
    name: 'vms',
    sql: `CREATE TABLE vm (uid TEXT PRIMARY KEY, name TEXT NOT NULL, revision INTEGER NOT NULL, document TEXT NOT NULL);
          CREATE TABLE sysctl (path TEXT NOT NULL, value TEXT NOT NULL);`,
  },
];
/** As migrations do: it rewrites what is there, and adds. */
const newer: readonly Migration[] = [
  ...older,
  {
    name: 'newer',
    sql: `UPDATE vm SET document = '{"new":true}'; ALTER TABLE vm ADD COLUMN trashed INTEGER NOT NULL DEFAULT 0;
          CREATE TABLE trash (uid TEXT PRIMARY KEY, name TEXT);`,
  },
];

/** Runs `work` on the database as a banger that knows these migrations. */
function as(migrations: readonly Migration[], work: (database: Database) => void = () => undefined): void {
  const database = openDatabase(path, migrations);
  work(database);
  database.close();
}

const insert =
  (name: string, revision = 1) =>
  (database: Database) =>
    void database.run('INSERT INTO vm (uid, name, revision, document) VALUES (?, ?, ?, ?)', name, name, revision, '{}');
const look = () => lookAtBackup({ path, migrations: older });
const names = () => {
  let found: string[] = [];
  as(older, (database) => {
    found = database.all<{ name: string }>('SELECT name FROM vm ORDER BY name').map(({ name }) => name);
  });
  return found;
};

function upgrade(): void {
  as(older, (database) => {
    for (const name of ['web', 'db', 'old']) insert(name)(database);
    database.run("INSERT INTO sysctl VALUES ('ip_forward', '0')");
  });
  as(newer);
}

test('a database that this banger knows fits, and is left alone', async () => {
  expect(look()).toEqual({ path, state: 'fits', lost: [] });
  as(older, insert('web'));
  expect(look()).toEqual({ path, state: 'fits', lost: [] });
  await restoreBackup({ path, migrations: older });
  expect(existsSync(`${path}.newer`)).toBe(false);
});

test('what only the migration has changed is no loss: the copy takes the place of the newer one, which is kept', async () => {
  upgrade();
  expect(() => checkSchema({ path, migrations: older })).toThrow(/schema 3, this banger knows 2.*restore-backup/);
  expect(look()).toEqual({ path, state: 'restorable', lost: [] });
  const { mode } = statSync(path);
  await restoreBackup({ path, migrations: older });
  expect(names()).toEqual(['db', 'old', 'web']);
  expect(statSync(path).mode).toBe(mode);
  expect(readFileSync(`${path}.newer`).subarray(0, 15).toString()).toBe('SQLite format 3');
  checkSchema({ path, migrations: older });
  expect(look().state).toBe('fits');
});

test('all that has changed since is told, by name', () => {
  upgrade();
  as(newer, (database) => {
    insert('fresh', 2)(database);
    database.run("UPDATE vm SET revision = 3, document = '{}' WHERE name = 'db'");
    database.run("DELETE FROM vm WHERE name = 'old'");
    database.run("INSERT INTO trash VALUES ('old', 'old')");
    database.run("INSERT INTO sysctl VALUES ('rp_filter', '1')");
    database.run('UPDATE revision SET value = 3');
  });
  const since = `, since ${statSync(`${path}.backup`).mtime.toISOString()}`;
  expect(look().lost).toEqual(
    [
      'revision: 1 changed',
      'sysctl: 1 made',
      'trash: 1 in a table of the newer banger (old)',
      'vm: 1 made (fresh)',
      'vm: 1 removed (old)',
      'vm: 1 changed (db)',
    ].map((line) => line + since),
  );
});

test('without a copy, or with one that is as new, there is no way back', async () => {
  as(newer, (database) => insert('web')(database));
  expect(look()).toEqual({ path, state: 'no-backup', lost: [] });
  as([...newer, { name: 'newest', sql: 'CREATE TABLE more (a)' }]);
  expect(existsSync(`${path}.backup`)).toBe(true);
  expect(look().state).toBe('no-backup');
  await restoreBackup({ path, migrations: older });
  expect(() => as(older)).toThrow('from a newer banger');
});
