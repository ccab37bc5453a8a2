import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { inContext } from '../context.js';
import { BangerError } from '../errors.js';
import { silentLog } from '../log.js';
import { type Database, openDatabase } from '../store/database.js';
import { forgottenIntents } from './forgotten.js';
import { Journal, type JournalMoment, journalChannel, journalMigration } from './journal.js';

let database: Database;
let journal: Journal;
let clock: number;

beforeEach(() => {
  clock = 1_000;
  database = openDatabase(':memory:', [journalMigration]);
  journal = new Journal(database, silentLog, () => clock);
});
afterEach(() => database.close());

const intent = { subject: '00ff', step: 'disks.createOverlay', detail: '8192 MiB', isRemoval: false };
const request = { requestId: 'r-1', verb: 'create' };

test('an effect is open while it is done, and closed after, with what it was done for', async () => {
  const result = await inContext(request, () =>
    journal.effect(intent, async () => {
      expect(journal.open()).toMatchObject([{ ...request, subject: '00ff', step: intent.step, time: 1_000 }]);
      expect(journal.open()[0]).not.toHaveProperty('endTime');
      clock = 1_500;
      return 'made';
    }),
  );
  expect(result).toBe('made');
  expect(journal.open()).toEqual([]);
  const entry = { id: 1, time: 1_000, endTime: 1_500, outcome: 'done', reason: '', detail: '8192 MiB' };
  expect(journal.about('00ff', 9)).toEqual([{ ...entry, ...request, subject: '00ff', step: intent.step }]);
  expect(journal.about('another', 9)).toEqual([]);
});

test('an effect that fails is closed with the reason, and fails', async () => {
  const full = new BangerError('unavailable', 'STORAGE_UNWRITABLE', 'no space');
  await expect(journal.effect(intent, () => Promise.reject(full))).rejects.toBe(full);
  expect(journal.about('00ff', 9)).toMatchObject([{ outcome: 'failed', reason: 'STORAGE_UNWRITABLE' }]);
});

test('what the last run was in the middle of is told once, and closed as interrupted', () => {
  void journal.effect(intent, () => new Promise(() => undefined));
  const next = new Journal(database, silentLog, () => 2_000);
  expect(next.interrupted().map(({ step }) => step)).toEqual([intent.step]);
  expect(next.interrupted()).toEqual([]);
  expect(next.about('00ff', 9)).toMatchObject([{ outcome: 'interrupted', endTime: 2_000 }]);
});

test('what is open and done by nobody is forgotten, and can be closed; what is being done is not', async () => {
  const full = jest.spyOn(database, 'run').mockImplementation(() => {
    throw new Error('no space');
  });
  await journal.effect(intent, async () => undefined);
  full.mockRestore();
  let end: () => void = () => undefined;
  const doing = journal.effect({ ...intent, subject: 'busy' }, () => new Promise<void>((resolve) => (end = resolve)));
  expect(forgottenIntents(journal)).toMatchObject([
    { kind: 'JOURNAL', subject: 'entry 1, disks.createOverlay of 00ff' },
  ]);
  for (const { mend } of forgottenIntents(journal)) await mend?.();
  expect(journal.open().map(({ subject }) => subject)).toEqual(['busy']);
  expect(journal.about('00ff', 9)).toMatchObject([{ outcome: 'interrupted', endTime: 1_000 }]);
  end();
  await doing;
  expect(journal.open()).toEqual([]);
});

test('the last entries are told in their order, and the oldest are forgotten', async () => {
  for (let i = 0; i < 30; i++) await journal.effect({ ...intent, detail: String(i) }, async () => undefined);
  expect(journal.about('00ff', 3).map(({ detail }) => detail)).toEqual(['27', '28', '29']);
  database.run('UPDATE sqlite_sequence SET seq = 20499');
  await journal.effect({ ...intent, detail: 'much later' }, async () => undefined);
  expect(journal.about('00ff', 99).map(({ detail }) => detail)).toEqual(['much later']);
});

test('nothing is made that cannot be written down first; what is removed is removed all the same', async () => {
  database.run('DROP TABLE journal');
  const done: string[] = [];
  const work = (what: string) => async () => void done.push(what);
  await expect(journal.effect(intent, work('made'))).rejects.toMatchObject({ message: 'no such table: journal' });
  await journal.effect({ ...intent, isRemoval: true }, work('removed'));
  expect(done).toEqual(['removed']);
});

test('whoever listens hears of an effect right before and right after it', async () => {
  const moments: unknown[] = [];
  const listen = (moment: unknown) => moments.push((moment as JournalMoment).edge);
  subscribe(journalChannel, listen);
  await journal.effect(intent, async () => moments.push('work'));
  unsubscribe(journalChannel, listen);
  expect(moments).toEqual(['intent', 'work', 'effect']);
});
