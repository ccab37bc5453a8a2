import { afterEach, expect, test } from '@jest/globals';
import { ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { pollUntil } from '../lib/clock.js';
import { untold } from '../lib/events/happenings.js';
import { silentLog } from '../lib/log.js';
import type { HealthProbe } from '../lib/rpc/health.js';
import { configSchema } from './config.js';
import { type KeeperPorts, ServiceKeeper } from './keeper.js';
import type { ProcessEnd, ServiceProcess, ServiceSpec } from './service-process.js';
import { Supervisor } from './supervisor.js';

const quick = { backoff_initial_ms: 10, backoff_max_ms: 20, health_interval_ms: 100, start_timeout_ms: 1_000 };
const crash: ProcessEnd = { description: 'exit code 1: no room', badConfig: false };

/** Processes that live until they are told to end, and a diary of what happened to them. */
function fakeWorld() {
  const diary: string[] = [];
  const ends = new Map<string, (end: ProcessEnd) => void>();
  const sick = new Set<string>();
  const broken = new Set<string>();
  /** Those that do not say how far they have come. */
  const mute = new Set<string>();
  /** What the next health checks find, before `sick` counts. */
  const answers: boolean[] = [];
  const deadlines: number[] = [];
  let pid = 100;
  const launch = async ({ name }: ServiceSpec): Promise<ServiceProcess> => {
    diary.push(`start ${name}`);
    let end: (end: ProcessEnd) => void = () => undefined;
    const ended = new Promise<ProcessEnd>((resolve) => {
      end = resolve;
    });
    ends.set(name, end);
    const identity = { pid: ++pid, startTime: 1 };
    if (broken.has(name)) end(crash);
    const stop = async () => {
      diary.push(`stop ${name}`);
      end({ description: 'exit code 0', badConfig: false });
    };
    const reached = async () => (mute.has(name) ? ended.then(() => false) : !broken.has(name));
    return { identity, startTime: new Date(), ended, stop, reached, proceed: () => undefined };
  };
  const check = async (name: string, signal?: AbortSignal) => {
    // Nothing answers at the socket of a process that ends as it starts.
    if (broken.has(name)) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    signal?.throwIfAborted();
    return answers.shift() ?? !sick.has(name);
  };
  const probe = ({ name }: ServiceSpec): HealthProbe => ({
    check: ({ signal, deadlineMs }) => {
      deadlines.push(deadlineMs);
      return check(name, signal);
    },
    close: () => undefined,
  });
  const ports: KeeperPorts = { launch, probe, onLaunch: async () => undefined, events: untold, log: silentLog };
  return {
    diary,
    ports,
    sick,
    broken,
    mute,
    answers,
    deadlines,
    end: (name: string, end: ProcessEnd) => ends.get(name)?.(end),
  };
}

const kept: ServiceKeeper[] = [];

afterEach(() => Promise.all(kept.splice(0).map((keeper) => keeper.stop())));

type FakeWorld = ReturnType<typeof fakeWorld>;

function keeperOf(world: FakeWorld, name: ServiceSpec['name'], config: object = {}): ServiceKeeper {
  const spec = { name, argv: [], socketPath: `/run/${name}.sock`, logPath: `/log/${name}.log` };
  const keeper = new ServiceKeeper(spec, configSchema.parse({ ...quick, ...config }), world.ports);
  kept.push(keeper);
  return keeper;
}

function supervisorOf(world: FakeWorld, names: ServiceSpec['name'][]) {
  const keepers = names.map((name) => keeperOf(world, name));
  const leftovers = { endAll: async () => undefined, forget: async () => undefined };
  const config = configSchema.parse(quick);
  return new Supervisor({ keepers, leftovers, config, logPath: '/log/supervisor.log', log: silentLog });
}

const reaches = (keeper: ServiceKeeper, restartCount: number) =>
  pollUntil(() => keeper.status().state === ServiceState.HEALTHY && keeper.status().restartCount >= restartCount, {
    what: 'the service is up again',
    timeoutMs: 20_000,
    everyMs: 5,
  });

test('services start in order and stop in reverse', async () => {
  const world = fakeWorld();
  const supervisor = supervisorOf(world, ['netd', 'imaged', 'vmm']);
  await supervisor.start();
  await supervisor.stop();
  expect(world.diary).toEqual(['start netd', 'start imaged', 'start vmm', 'stop vmm', 'stop imaged', 'stop netd']);
  expect(supervisor.keepers().map((keeper) => keeper.status().state)).toEqual(Array(3).fill(ServiceState.STOPPED));
});

test('a service that does not come up keeps the others from nothing', async () => {
  const world = fakeWorld();
  world.broken.add('netd');
  const supervisor = supervisorOf(world, ['netd', 'imaged']);
  await supervisor.start();
  const [netd, imaged] = supervisor.keepers().map((keeper) => keeper.status());
  expect(imaged?.state).toBe(ServiceState.HEALTHY);
  expect(netd).toMatchObject({ lastExit: 'exit code 1: no room' });
});

test('a process that ends is started again, with the reason kept and counted', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd');
  keeper.start();
  await keeper.settled();
  const { pid } = keeper.status();
  world.end('netd', crash);
  await reaches(keeper, 1);
  expect(keeper.status()).toMatchObject({ restartCount: 1, lastExit: 'exit code 1: no room' });
  expect(keeper.status().pid).not.toBe(pid);
});

test('a process that stops answering is ended and started again', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd');
  keeper.start();
  await keeper.settled();
  world.sick.add('netd');
  await pollUntil(() => world.diary.includes('stop netd'), { what: 'it is ended', timeoutMs: 20_000, everyMs: 5 });
  world.sick.clear();
  await reaches(keeper, 1);
  expect(keeper.status().lastExit).toContain('health checks');
});

test('one that misses a check or two, however often, goes on', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd', { health_interval_ms: 100 });
  keeper.start();
  await keeper.settled();
  world.answers.push(false, false, true, false, true, false, false, true);
  await pollUntil(() => world.answers.length === 0, { what: 'all are asked', timeoutMs: 60_000, everyMs: 5 });
  expect(world.diary).toEqual(['start netd']);
  expect(keeper.status()).toMatchObject({ state: ServiceState.HEALTHY, restartCount: 0 });
  // One that stands still does not hold up who asks.
  expect(Math.max(...world.deadlines)).toBeLessThanOrEqual(5_000);
});

test('a process that says nothing is asked all the same; one that shall stand by and does not say so is ended', async () => {
  const world = fakeWorld();
  world.mute.add('netd');
  const keeper = keeperOf(world, 'netd');
  keeper.start();
  await keeper.settled();
  expect(keeper.status().state).toBe(ServiceState.HEALTHY);
  await expect(keeper.restart()).rejects.toMatchObject({ metadata: { why: 'it did not get ready in time' } });
  expect(world.diary).toEqual(['start netd', 'start netd', 'stop netd']);
  expect(keeper.status()).toMatchObject({ state: ServiceState.HEALTHY, restartCount: 0 });
});

test('after a process that was well for long the pauses begin anew', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd', { backoff_initial_ms: 10, backoff_max_ms: 600_000, backoff_reset_ms: 0 });
  keeper.start();
  await keeper.settled();
  // Each twice as long as the one before, the last would take minutes.
  for (let count = 1; count <= 16; count++) {
    world.end('netd', crash);
    await reaches(keeper, count);
  }
});

test('a process that never gets healthy is ended', async () => {
  const world = fakeWorld();
  world.sick.add('netd');
  const keeper = keeperOf(world, 'netd');
  keeper.start();
  await keeper.settled();
  expect(keeper.status().lastExit).toBe('ended, for it was not healthy after 1 s');
});

test('a restart on request starts at once, also out of a long pause', async () => {
  const world = fakeWorld();
  world.broken.add('netd');
  const keeper = keeperOf(world, 'netd', { backoff_initial_ms: 60_000, backoff_max_ms: 600_000 });
  keeper.start();
  await keeper.settled();
  await expect(keeper.restart()).rejects.toMatchObject({
    reason: 'SERVICE_NOT_HEALTHY',
    metadata: { service: 'netd', why: 'exit code 1: no room' },
  });
  world.broken.clear();
  await keeper.restart();
  expect(keeper.status()).toMatchObject({ state: ServiceState.HEALTHY, restartCount: 2 });
  await keeper.restart();
  expect(keeper.status()).toMatchObject({ restartCount: 3, lastExit: 'stopped on request' });
  await keeper.stop();
  await expect(keeper.restart()).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
});

test('a process that cannot stand by takes the place of none', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd');
  keeper.start();
  await keeper.settled();
  const { pid } = keeper.status();
  world.broken.add('netd');
  await expect(keeper.restart()).rejects.toMatchObject({
    reason: 'SERVICE_NOT_HEALTHY',
    metadata: { service: 'netd', why: 'exit code 1: no room' },
  });
  expect(keeper.status()).toMatchObject({ state: ServiceState.HEALTHY, pid, restartCount: 0 });
  expect(world.diary).not.toContain('stop netd');
  world.broken.clear();
  await Promise.all([keeper.restart(), keeper.restart()]);
  expect(keeper.status()).toMatchObject({ state: ServiceState.HEALTHY, restartCount: 1 });
});

test('one that stands by and is not needed any more is ended', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd');
  await keeper.prepare();
  await keeper.stop();
  expect(world.diary).toEqual(['start netd', 'stop netd']);
});

test('a wrong configuration is looked at again at the slowest pace only', async () => {
  const world = fakeWorld();
  const keeper = keeperOf(world, 'netd', { backoff_initial_ms: 10, backoff_max_ms: 600_000 });
  keeper.start();
  await keeper.settled();
  world.end('netd', { description: 'wrong configuration: netd.colour', badConfig: true });
  await pollUntil(() => keeper.status().state === ServiceState.BACKOFF, { what: 'it pauses', timeoutMs: 20_000 });
  expect(world.diary).toEqual(['start netd']);
});

test('an unknown service is named with those that there are', () => {
  const supervisor = supervisorOf(fakeWorld(), ['netd']);
  expect(() => supervisor.find('webd', 'restart')).toThrow('cannot restart webd: there is no such service');
});
