import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { about, inContext } from '../context.js';
import { silentLog } from '../log.js';
import { type Database, openDatabase } from '../store/database.js';
import { Journal, journalMigration } from './journal.js';
import { journalled, type Kinds, makes, removes, stepsOf } from './journalled.js';

class Shelf {
  readonly size = 3;
  readonly #things = new Set<string>();
  async put(thing: string): Promise<number> {
    this.#things.add(thing);
    return this.#things.size;
  }
  async clear(): Promise<void> {
    this.#things.clear();
  }
  has(thing: string): boolean {
    return this.#things.has(thing);
  }
}

const kinds: Kinds<Shelf> = {
  put: makes((thing) => ({ subject: thing, detail: `puts ${thing}` })),
  clear: removes(),
  has: 'none',
};

let database: Database;
let journal: Journal;
let shelf: Shelf;
beforeEach(() => {
  database = openDatabase(':memory:', [journalMigration]);
  journal = new Journal(database, silentLog);
  shelf = journalled(journal, 'shelf', new Shelf(), kinds);
});
afterEach(() => database.close());

test('each effect of a port is in the journal, told from its arguments, and does what it did before', async () => {
  expect(await shelf.put('cup')).toBe(1);
  expect(shelf.has('cup')).toBe(true);
  expect(shelf.size).toBe(3);
  expect(journal.about('cup', 9)).toMatchObject([{ step: 'shelf.put', detail: 'puts cup', outcome: 'done' }]);
});

test('an effect without a subject is about what the work is about, or the host', async () => {
  await inContext({ requestId: 'r', verb: 'Tidy' }, () => about('kitchen', () => shelf.clear()));
  await shelf.clear();
  expect(journal.about('kitchen', 9)).toMatchObject([{ step: 'shelf.clear', verb: 'Tidy' }]);
  expect(journal.about('host', 9)).toMatchObject([{ step: 'shelf.clear', verb: '' }]);
});

test('a removal goes on when it cannot be written down, and nothing else does', async () => {
  await shelf.put('cup');
  database.run('DROP TABLE journal');
  await expect(shelf.put('jug')).rejects.toMatchObject({ message: 'no such table: journal' });
  expect(shelf.has('jug')).toBe(false);
  await shelf.clear();
  expect(shelf.has('cup')).toBe(false);
});

test('the steps of a table are its effects', () => {
  expect(stepsOf({ shelf: kinds })).toEqual(['shelf.put', 'shelf.clear']);
});
