import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { RestartPolicy } from '../../services/vmm/domain/vm.js';
import { agrees } from './agreement.js';
import { Banger } from './banger.js';
import { type Model, names, newModel, scripts } from './commands.js';

/**
 * Whatever is asked of banger and whatever happens to it, in whatever order and at whatever moment: a VM ends where its
 * user may expect it, the record says what is on the host, and a VM that is deleted leaves nothing.
 */

/** The same few hundred for every change, so that what fails is its own doing; more, asked for, are others each time. */
const {
  BANGER_MODEL_RUNS: runs,
  BANGER_MODEL_SEED: seed = runs ? undefined : '1',
  BANGER_MODEL_PATH: path,
} = process.env;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const policies = fc.constantFrom<RestartPolicy>('never', 'on-failure', 'always');

test('every vm ends where its user may expect it, and nothing else is left', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, policies, fc.integer({ min: 0, max: 4 }), async (script, policy, slowness) => {
      const banger = new Banger(policy, slowness);
      const model = newModel(policy);
      await banger.start();
      await fc.asyncModelRun(() => ({ model, real: banger }), script);
      await endsWell(banger, model);
      await banger.dispose();
    }),
    {
      numRuns: Number(runs ?? 300),
      ...(seed && { seed: Number(seed), ...(path && { path }) }),
    },
  );
});

async function endsWell(banger: Banger, { ends }: Model): Promise<void> {
  banger.heal();
  await banger.settle();
  for (const name of names) agrees(banger, name, ends.get(name) ?? new Set());
  for (const name of names) await banger.ask(name, 'delete');
  await banger.settle();
  expect(banger.fake.store.list()).toEqual([]);
  expect(banger.fake.leftovers()).toBe('');
}
