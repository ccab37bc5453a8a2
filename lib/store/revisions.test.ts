import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Database, openDatabase } from './database.js';
import { type Change, Revisions, revisionsMigration } from './revisions.js';

let database: Database;
let revisions: Revisions;
let controller: AbortController;

beforeEach(() => {
  database = openDatabase(':memory:', [revisionsMigration, { name: 'vms', sql: 'CREATE TABLE vm (name TEXT)' }]);
  revisions = new Revisions(database);
  controller = new AbortController();
});
afterEach(() => {
  controller.abort();
  database.close();
});

const touch = (key: string) => revisions.change(key, (revision) => revision);

async function take(changes: AsyncIterator<Change>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await changes.next();
    taken.push(`${value.key}@${value.revision}`);
  }
  return taken;
}

test('the counter grows by one with every change and is in the same transaction', () => {
  expect([touch('web'), touch('web'), touch('db')]).toEqual([1, 2, 3]);
  const failing = () =>
    revisions.change('web', () => {
      database.run("INSERT INTO vm VALUES ('web')");
      throw new Error('stop');
    });
  expect(failing).toThrow('stop');
  expect(revisions.current()).toBe(3);
  expect(database.all('SELECT * FROM vm')).toEqual([]);
});

test('a follower sees what changes from its call on, even before it reads', async () => {
  touch('old');
  const changes = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  touch('web');
  expect(await take(changes, 1)).toEqual(['web@2']);
});

test('a waiting follower is woken', async () => {
  const changes = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  const next = take(changes, 1);
  touch('web');
  expect(await next).toEqual(['web@1']);
});

test('a slow follower finds each key once, with its latest revision', async () => {
  const changes = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  for (const key of ['web', 'db', 'web', 'web']) touch(key);
  expect(await take(changes, 2)).toEqual(['db@2', 'web@4']);
});

test('followers do not take changes from each other', async () => {
  const [a, b] = [1, 2].map(() => revisions.follow(controller.signal)[Symbol.asyncIterator]());
  touch('web');
  expect(await Promise.all([a, b].map((changes) => changes && take(changes, 1)))).toEqual([['web@1'], ['web@1']]);
});

test('an abort ends a waiting follower, and one that has changes left', async () => {
  const waiting = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  const behind = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  const next = waiting.next();
  touch('web');
  touch('db');
  await next;
  await behind.next();
  const last = waiting.next();
  controller.abort();
  const results = [await last, await waiting.next(), await behind.next()];
  expect(results.at(-2)?.done).toBe(true);
  expect(results.at(-1)?.done).toBe(true);
});

test('an already aborted follower ends at once', async () => {
  controller.abort();
  const changes = revisions.follow(controller.signal)[Symbol.asyncIterator]();
  expect(await changes.next()).toEqual({ done: true, value: undefined });
});

test('leaving the loop leaves nothing on the signal', async () => {
  const following = revisions.follow(controller.signal);
  touch('web');
  for await (const change of following) if (change.key === 'web') break;
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('whatever the order of changes and reads, the latest of every key arrives, and revisions only grow', async () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('read')), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const end = new AbortController();
      const seen: Change[] = [];
      const latest = new Map<string, number>();
      const following = revisions.follow(end.signal);
      const reading = (async () => {
        for await (const change of following) seen.push(change);
      })();
      for (const step of plan) {
        if (step === 'read') await Promise.resolve();
        else latest.set(step, touch(step));
      }
      while ([...latest].some(([key, revision]) => !seen.some((c) => c.key === key && c.revision === revision))) {
        await Promise.resolve();
      }
      end.abort();
      await reading;
      const order = seen.map((change) => change.revision);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }),
  );
});
