import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { agrees } from './agreement.js';
import { Banger } from './banger.js';
import { afterBoth, afterVerb, type End, type Ends, type Outcome, type Verb, verbs } from './expectation.js';

/** What the random life of lifecycle.test.ts meets by chance, at every point: each verb in each state where it makes sense. */

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

type Start = Exclude<End, 'failed'>;
const starts: readonly Start[] = ['absent', 'stopped', 'running', 'paused'];

/** A banger with `web` in this state. */
async function bangerWith(start: Start): Promise<Banger> {
  const banger = new Banger('never', 1);
  await banger.start();
  if (start !== 'absent') await banger.ask('web', start === 'stopped' ? 'createStopped' : 'create');
  await banger.settle();
  if (start === 'paused') await banger.ask('web', 'pause');
  await banger.settle();
  return banger;
}

/** All is well again: the VM is where it may be, and what is deleted then leaves nothing. */
async function endsWell(banger: Banger, ends: Ends, told: string): Promise<void> {
  if (ends.size === 0) throw new Error(told);
  banger.heal();
  await banger.settle();
  agrees(banger, 'web', ends);
  await banger.ask('web', 'delete');
  await banger.settle();
  expect(banger.fake.store.list()).toEqual([]);
  expect(banger.fake.leftovers()).toBe('');
  await banger.dispose();
}

const cases = starts.flatMap((start) => verbs.map((verb) => [verb, start] as const));
/** More than any verb takes; a verb that needs fewer says so, and its turn ends. */
const manyCalls = 60;

test.each(cases)('vmm killed at every call of %s when %s', async (verb, start) => {
  for (let calls = 0; calls < manyCalls; calls++) {
    let died = false;
    for (const when of ['before', 'after'] as const) {
      const banger = await bangerWith(start);
      banger.light({ calls, when });
      const outcome = await banger.ask('web', verb);
      await banger.settle();
      // A service that has died was started again, by hand, with no fuse; one that lives has its own still.
      died ||= !banger.isLit;
      await endsWell(
        banger,
        afterVerb(new Set([start]), verb, outcome),
        `${verb} was ${outcome}, killed ${when} ${calls}`,
      );
    }
    if (!died) return;
  }
  throw new Error(`${verb} makes more than ${manyCalls} calls`);
});

test.each(cases)('the disk full for every write of %s when %s', async (verb, start) => {
  for (let writes = 0; ; writes++) {
    const banger = await bangerWith(start);
    banger.fillDiskAfter(writes);
    const outcome = await banger.ask('web', verb);
    await banger.pass(5_000);
    const met = banger.isFull;
    const after = afterVerb(new Set([start]), verb, outcome);
    const ends: Ends = met
      ? new Set<End>([...after, 'failed', ...(start === 'paused' || start === 'running' ? [start] : [])])
      : after;
    await endsWell(banger, ends, `${verb} was ${outcome} with room for ${writes} writes`);
    if (!met) return;
  }
});

test.each(cases)('the caller of %s gone at every turn when %s', async (verb, start) => {
  for (let after = 0; after < 12; after++) {
    const banger = await bangerWith(start);
    const outcome = await banger.ask('web', verb, after);
    await endsWell(banger, afterVerb(new Set([start]), verb, outcome), `${verb} was ${outcome}, gone after ${after}`);
  }
});

test.each(starts)('two callers, every pair of verbs at once, when %s', async (start) => {
  const pairs = verbs.flatMap((first, i) => verbs.slice(i).map((second) => [first, second] as const));
  for (const [first, second] of pairs) {
    const banger = await bangerWith(start);
    const [a, b] = await Promise.all([banger.ask('web', first), banger.ask('web', second)]);
    const ends = afterBoth(new Set([start]), { verb: first, outcome: a }, { verb: second, outcome: b });
    await endsWell(banger, ends, `${first} was ${a} and ${second} was ${b} when ${start}`);
  }
});

test('a thousand callers create one name: one of them does; a thousand delete it: it goes once', async () => {
  const banger = await bangerWith('absent');
  const all = (verb: Verb) => Promise.all(Array.from({ length: 1000 }, () => banger.ask('web', verb)));
  const count = (outcomes: readonly Outcome[], outcome: Outcome) => outcomes.filter((each) => each === outcome).length;
  for (let round = 0; round < 3; round++) {
    const created = await all('createStopped');
    expect([count(created, 'done'), count(created, 'refused')]).toEqual([1, 999]);
    await banger.settle();
    const deleted = await all('delete');
    expect(count(deleted, 'done')).toBeGreaterThan(0);
    expect(count(deleted, 'done') + count(deleted, 'refused')).toBe(1000);
    await banger.settle();
    expect(banger.fake.leftovers()).toBe('');
  }
  await banger.dispose();
});
