import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tempFolder } from '../testing/temp-folder.js';
import { type Database, type Migration, openDatabase } from './database.js';

const first: Migration = { name: 'vms', sql: 'CREATE TABLE vm (name TEXT PRIMARY KEY) STRICT' };
const second: Migration = { name: 'memory', sql: 'ALTER TABLE vm ADD COLUMN memory INTEGER' };
const broken: Migration = { name: 'broken', sql: 'CREATE TABLE half (x); CREATE TABLE half (x)' };

let folder: Awaited<ReturnType<typeof tempFolder>>;
let path: string;
const opened: Database[] = [];

beforeEach(async () => {
  folder = await tempFolder();
  path = join(folder.path, 'vmm', 'vmm.db');
});
afterEach(async () => {
  for (const database of opened.splice(0)) database.close();
  await folder.remove();
});

function open(...migrations: Migration[]): Database {
  const database = openDatabase(path, migrations);
  opened.push(database);
  return database;
}

function names(database: Database): string[] {
  return database.all<{ name: string }>('SELECT name FROM vm ORDER BY name').map(({ name }) => name);
}

test('a new database gets its folder, its schema, a private mode and no backup', () => {
  open(first, second).run('INSERT INTO vm VALUES (?, ?)', 'web', 512);
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(existsSync(`${path}.backup`)).toBe(false);
});

test('what was committed is there after the next opening', () => {
  open(first).run('INSERT INTO vm VALUES (?)', 'web');
  opened.pop()?.close();
  expect(names(open(first))).toEqual(['web']);
});

test('only new migrations run, after a backup of what was there', () => {
  open(first).run('INSERT INTO vm VALUES (?)', 'web');
  opened.pop()?.close();
  const migrated = open(first, second);
  expect(migrated.get('SELECT * FROM vm')).toEqual({ name: 'web', memory: null });
  const backup = openDatabase(`${path}.backup`, [first]);
  opened.push(backup);
  expect(backup.get('SELECT * FROM vm')).toEqual({ name: 'web' });
});

test('a migration that fails leaves the database as it was', () => {
  open(first).run('INSERT INTO vm VALUES (?)', 'web');
  opened.pop()?.close();
  expect(() => open(first, broken)).toThrow(expect.objectContaining({ reason: 'DATABASE_UNUSABLE' }));
  expect(names(open(first))).toEqual(['web']);
});

test('a database of a newer banger is refused, and says so', () => {
  open(first, second);
  opened.pop()?.close();
  expect(() => open(first)).toThrow(/schema 2, this banger knows 1: it is from a newer banger/);
});

test.each([
  ['text', Buffer.from('precious '.repeat(500))],
  ['a header and nothing right after it', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8000, 7)])],
])('a file with %s is refused and kept', (_what, content) => {
  open(first);
  opened.pop()?.close();
  writeFileSync(path, content);
  expect(() => open(first)).toThrow(
    expect.objectContaining({ reason: 'DATABASE_UNUSABLE', message: expect.stringContaining('move the file away') }),
  );
  expect(readFileSync(path).equals(content)).toBe(true);
});

test('a backup is offered only when there is one', () => {
  open(first);
  opened.pop()?.close();
  open(first, second);
  opened.pop()?.close();
  writeFileSync(path, 'precious '.repeat(500));
  expect(() => open(first)).toThrow(`restore ${path}.backup, or move`);
});

test('a transaction is all or nothing', () => {
  const database = open(first);
  const work = () => {
    database.run('INSERT INTO vm VALUES (?)', 'web');
    throw new Error('stop');
  };
  expect(() => database.transaction(work)).toThrow('stop');
  expect(names(database)).toEqual([]);
  const changed = database.transaction(() => database.run('INSERT INTO vm VALUES (?), (?)', 'web', 'db'));
  expect({ changed, names: names(database) }).toEqual({ changed: 2, names: ['db', 'web'] });
});

test('a transaction within another goes with the outer one', () => {
  const database = open(first);
  const outer = () => {
    database.transaction(() => database.run('INSERT INTO vm VALUES (?)', 'web'));
    throw new Error('stop');
  };
  expect(() => database.transaction(outer)).toThrow('stop');
  expect(names(database)).toEqual([]);
});

test('a write that finds no space is STORAGE_UNWRITABLE, and changes nothing', () => {
  const database = open(first);
  database.get('PRAGMA max_page_count = 4');
  const fill = () => {
    for (let i = 0; i < 2000; i++) database.run('INSERT INTO vm VALUES (?)', `vm-${i}-${'x'.repeat(100)}`);
  };
  expect(() => database.transaction(fill)).toThrow(
    expect.objectContaining({ kind: 'exhausted', reason: 'STORAGE_UNWRITABLE' }),
  );
  expect(names(database)).toEqual([]);
});
