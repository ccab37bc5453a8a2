import { expect, test } from '@jest/globals';
import type { HandOverRequest } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { silentLog } from '../lib/log.js';
import { HandOver } from './hand-over.js';
import type { ServiceKeeper } from './keeper.js';
import type { Supervisor } from './supervisor.js';

/** The supervisor that gives its services to another, and what it does when that one goes. */

function giving() {
  const diary: string[] = [];
  const find = (name: string) =>
    ({ spec: { name }, stop: async () => void diary.push(`stop ${name}`) }) as unknown as ServiceKeeper;
  const takeBack = async (keepers: readonly ServiceKeeper[]) =>
    void diary.push(`take back ${keepers.map(({ spec }) => spec.name).join(' ')}`);
  let isEnding: () => void = () => undefined;
  const ending = new Promise<void>((resolve) => {
    isEnding = resolve;
  });
  const handOver = new HandOver({ find, takeBack } as unknown as Supervisor, silentLog, () => {
    diary.push('shut down');
    isEnding();
  });
  return { diary, handOver, ending };
}

const release = (name: string): HandOverRequest => ({ step: { $case: 'release', value: name } });
const finish: HandOverRequest = { step: { $case: 'finish', value: true } };

async function* steps(...all: readonly HandOverRequest[]): AsyncIterable<HandOverRequest> {
  yield* all;
}

async function all(answers: AsyncIterable<{ readonly released: string }>): Promise<string[]> {
  const released: string[] = [];
  for await (const answer of answers) released.push(answer.released);
  return released;
}

test('services are given one after the other, and the end of it is our end', async () => {
  const { diary, handOver, ending } = giving();
  expect(await all(handOver.give(steps(release('netd'), release('vmm'), finish)))).toEqual(['netd', 'vmm', '']);
  await ending;
  expect(diary).toEqual(['stop netd', 'stop vmm', 'shut down']);
});

test('what was given to one that goes in the middle is taken back, and can be given again', async () => {
  const { diary, handOver } = giving();
  expect(await all(handOver.give(steps(release('netd'))))).toEqual(['netd']);
  expect(diary).toEqual(['stop netd', 'take back netd']);
  expect(handOver.isUnderWay).toBe(false);
  for await (const _ of handOver.give(steps(release('netd'), finish))) break;
  expect(diary).toEqual(['stop netd', 'take back netd', 'stop netd', 'take back netd']);
});

test('a second one that takes over is refused while the first is at it', async () => {
  const { diary, handOver, ending } = giving();
  const first = handOver.give(steps(release('netd'), finish))[Symbol.asyncIterator]();
  await first.next();
  expect(handOver.isUnderWay).toBe(true);
  await expect(all(handOver.give(steps(release('netd'))))).rejects.toMatchObject({ reason: 'ROLL_OVER_UNDER_WAY' });
  expect(diary).toEqual(['stop netd']);
  await first.next();
  await first.next();
  await ending;
  expect(diary).toEqual(['stop netd', 'shut down']);
});
