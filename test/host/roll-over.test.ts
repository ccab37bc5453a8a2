import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type GetStatusResponse,
  type HandOverRequest,
  ServiceState,
  StartedBy,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { pollUntil } from '../../lib/clock.js';
import { readDaemonFile } from '../../lib/daemon-file.js';
import { isAlive } from '../../lib/host/process.js';
import { type Paths, serviceNames } from '../../lib/paths.js';
import {
  allHealthy,
  healthy,
  identities,
  installSupervisor,
  lab,
  noneLeft,
  serviceOf,
  startSupervisor,
  until,
  useSupervisorLab,
} from './supervisor-lab.js';

/** One supervisor takes over from another: the real bangerd, with stand-ins for its services. */

useSupervisorLab();

const pidsOf = (status: GetStatusResponse) => status.services.map(({ pid }) => pid);
const builds = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;

beforeEach(() => installSupervisor(builds[0]));

const takesOver = (pid: number | undefined) =>
  until('another supervisor has taken over', (status) => status.pid === pid && healthy(status));

test('a new build takes every service over, and the old supervisor ends', async () => {
  const first = startSupervisor({ BANGER_STARTED_BY: 'cli' });
  const before = await allHealthy();
  const processes = identities(before);
  expect(before).toMatchObject({ buildId: builds[0], startedBy: StartedBy.CLI, rollOver: undefined });
  await installSupervisor(builds[1]);
  const second = startSupervisor({}, ['take-over']);
  const after = await takesOver(second.child.pid);
  expect(await first.exit).toEqual([0, null]);
  expect(processes.filter(isAlive)).toEqual([]);
  expect(after).toMatchObject({ buildId: builds[1], startedBy: StartedBy.OTHER, handingOver: false });
  expect(after.rollOver).toMatchObject({ fromBuildId: builds[0], fromVersion: '1.2.3' });
  for (const service of after.services) {
    expect(service).toMatchObject({ restartCount: 0, lastExit: '' });
    expect(service.gapMs).toBeGreaterThan(0);
  }
  // It answers before it has written what runs.
  const paths = { runDir: lab.runDir } as Paths;
  const file = await pollUntil(() => readDaemonFile(paths), { what: 'a file says what runs', timeoutMs: 60_000 });
  expect(file).toMatchObject({ pid: second.child.pid, buildId: builds[1], startedBy: 'other' });
  const record = JSON.parse(await readFile(join(lab.runDir, 'supervisor.json'), 'utf8'));
  // They are started side by side.
  expect(Object.keys(record).toSorted()).toEqual(after.services.map(({ name, pid }) => `${name} ${pid}`).toSorted());
});

describe('a build that cannot start', () => {
  const untouched = async (before: GetStatusResponse) => {
    const after = await allHealthy();
    expect({ pid: after.pid, services: pidsOf(after) }).toEqual({ pid: before.pid, services: pidsOf(before) });
  };

  test('is refused with all that is wrong, before anything has happened', async () => {
    startSupervisor();
    const before = await allHealthy();
    for (const name of ['imaged', 'dnsd']) await writeFile(join(lab.runDir, `${name}.unfit`), '');
    const second = startSupervisor({}, ['take-over']);
    expect(await second.exit).toEqual([1, null]);
    expect(second.log()).toMatch(/cannot take over: imaged: exit code 1: .*newer.*; dnsd: exit code 1: .*newer/);
    await untouched(before);
    const check = startSupervisor({}, ['check']);
    expect(await check.exit).toEqual([1, null]);
    expect(check.log()).toContain('cannot take over: imaged: ');
    // A restart of one service refuses, too.
    const restart = lab.client.restartService({ name: 'dnsd' });
    await expect(restart).rejects.toMatchObject({ reason: 'SERVICE_NOT_HEALTHY' });
    await untouched(before);
    for (const name of ['imaged', 'dnsd']) await rm(join(lab.runDir, `${name}.unfit`));
    expect(await startSupervisor({}, ['check']).exit).toEqual([0, null]);
    await untouched(before);
  });

  test('later, as a service takes up its state, leaves the others up and is tried again', async () => {
    const first = startSupervisor();
    await allHealthy();
    await writeFile(join(lab.runDir, 'imaged.broken'), '');
    const second = startSupervisor({}, ['take-over']);
    const status = await until('three are up', (s) => s.pid === second.child.pid && serviceOf(s, 'dnsd').pid > 0);
    expect(await first.exit).toEqual([0, null]);
    expect(serviceOf(status, 'imaged').lastExit).toBe('exit code 1: imaged is broken on purpose');
    await rm(join(lab.runDir, 'imaged.broken'));
    await allHealthy();
  });
});

test('of two that come at once one takes over, and the other changes nothing', async () => {
  startSupervisor();
  await allHealthy();
  const [one, other] = [startSupervisor({}, ['take-over']), startSupervisor({}, ['take-over'])];
  const pids = [one, other].map(({ child }) => child.pid);
  const status = await until('one has taken over', (s) => pids.includes(s.pid) && healthy(s));
  const loser = status.pid === one.child.pid ? other : one;
  expect(await loser.exit).toEqual([1, null]);
  expect(loser.log()).toMatch(/takes over already|is stopping|another process serves it/);
  expect(pidsOf(await allHealthy())).toEqual(pidsOf(status));
});

test.each(serviceNames)('one that is killed when it has taken %s over gives everything back', async (last) => {
  startSupervisor();
  const before = await allHealthy();
  await writeFile(join(lab.runDir, `${last}.slow`), '');
  const second = startSupervisor({}, ['take-over']);
  await until(`${last} is released`, (s) => serviceOf(s, last).state === ServiceState.STOPPED);
  await expect(lab.client.restartService({ name: last })).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
  second.child.kill('SIGKILL');
  await rm(join(lab.runDir, `${last}.slow`));
  const after = await until('all are back', (s) => healthy(s) && !s.handingOver);
  expect(after.pid).toBe(before.pid);
  expect(await startSupervisor({}, ['check']).exit).toEqual([0, null]);
});

test('one that is killed while it gives leaves all to the other', async () => {
  const first = startSupervisor();
  const processes = identities(await allHealthy());
  await writeFile(join(lab.runDir, 'imaged.slow'), '');
  const second = startSupervisor({}, ['take-over']);
  await until('imaged is released', (s) => serviceOf(s, 'imaged').state === ServiceState.STOPPED);
  first.child.kill('SIGKILL');
  await rm(join(lab.runDir, 'imaged.slow'));
  await takesOver(second.child.pid);
  await noneLeft(processes);
});

test('a stop while it gives stops the one that takes, too', async () => {
  const first = startSupervisor();
  await allHealthy();
  await writeFile(join(lab.runDir, 'netd.slow'), '');
  const second = startSupervisor({}, ['take-over']);
  await until('netd is released', (s) => serviceOf(s, 'netd').state === ServiceState.STOPPED);
  await lab.client.shutdown({});
  expect(await first.exit).toEqual([0, null]);
  expect(await second.exit).toEqual([1, null]);
});

test('a second hand-over is refused, and one that is left gives back what it had', async () => {
  startSupervisor();
  await allHealthy();
  const hold = async function* (): AsyncIterable<HandOverRequest> {
    yield { step: { $case: 'release', value: 'dnsd' } };
    await new Promise(() => undefined);
  };
  const stream = lab.client.handOver(hold())[Symbol.asyncIterator]();
  expect((await stream.next()).value).toEqual({ released: 'dnsd' });
  const second = lab.client.handOver(hold())[Symbol.asyncIterator]();
  await expect(second.next()).rejects.toMatchObject({ kind: 'unavailable', reason: 'ROLL_OVER_UNDER_WAY' });
  await stream.return?.();
  await until('dnsd is back', (s) => healthy(s) && !s.handingOver);
});
