import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from '../../lib/host/files.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { allKills, someKills } from '../faults/cases.js';
import { type Guests, KillHarness, type Result } from '../faults/harness.js';
import type { Kill, Moment } from '../faults/kill-plan.js';
import { stepsOfTheCode, stepsWithoutVerb } from '../faults/steps.js';
import { isGood, renderTable } from '../faults/table.js';
import { verbsUnderTest } from '../faults/verbs.js';
import { type KvmDevice, kvmDevice } from './support/kvm-device.js';

/**
 * Services killed at every step of the code, each once. With BANGER_TEST_KILLS=own each service at each of its own steps in
 * every verb; with `all`, as `npm run faults` does, every service at every step of every verb, and the main ones on real guests.
 */
const { BANGER_TEST_KILLS: extent = 'some' } = process.env;
/** What it comes to is written here. */
const tableFile = process.env.BANGER_TEST_KILLS_TABLE;

const recorded: Moment[] = [];
const results: Result[] = [];
afterAll(async () => {
  if (tableFile) await writeFile(tableFile, renderTable(results));
});

const longMs = 4 * 3_600_000;

describe.each<Guests>(extent === 'all' ? ['stand-in', 'real'] : ['stand-in'])('with %s guests', (guests) => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let device: KvmDevice;
  let harness: KillHarness;
  const taken = new Set<string>();
  beforeAll(async () => {
    folder = await tempFolder();
    device = await kvmDevice();
    harness = await KillHarness.start(guests, folder.path);
  });
  afterAll(async () => {
    await harness?.stop();
    await device?.remove();
    await folder?.remove();
  });

  test.each(verbsUnderTest.filter(({ isMain }) => isMain || guests === 'stand-in'))(
    '$name comes to its end, or has not begun, whoever is killed on the way',
    async (verb) => {
      const moments = await harness.record(verb);
      if (guests === 'stand-in') recorded.push(...moments);
      const mine: Result[] = [];
      // A real guest takes its time to boot: there each service is killed at its own steps.
      const kills = guests === 'real' ? someKills(moments, taken) : killsOf(moments, taken);
      for (const kill of kills) mine.push(await told(harness.run(verb, kill)));
      results.push(...mine);
      expect(mine.filter((result) => !isGood(result))).toEqual([]);
    },
    longMs,
  );
});

test('every step of the code is taken by a verb', () => {
  const taken = new Set(recorded.map(({ service, step }) => `${service} ${step}`));
  const missing = stepsOfTheCode().filter((step) => !taken.has(step) && !(step in stepsWithoutVerb));
  expect(missing).toEqual([]);
  expect(Object.keys(stepsWithoutVerb).filter((step) => taken.has(step))).toEqual([]);
});

function killsOf(moments: readonly Moment[], taken: Set<string>): Kill[] {
  if (extent === 'all') return allKills(moments);
  return extent === 'own' ? moments.map((moment) => ({ ...moment, kill: moment.service })) : someKills(moments, taken);
}

/** A long run says where it is. */
async function told(result: Promise<Result>): Promise<Result> {
  if (tableFile) process.stderr.write(`${JSON.stringify(await result)}\n`);
  return result;
}
