import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../lib/clock.js';
import { type Counter, startCounter } from './support/counter.js';
import { answerCounter, type EchoConnection, echoServer, openEcho, startPing } from './support/echo.js';
import { createInstallation, type Installation } from './support/installation.js';
import { createInternet, type Internet, internetAddress } from './support/internet.js';
import { createWorld, type World } from './support/world.js';

/** One real guest, with connections of every kind that stay open while everything of banger is replaced and killed. */

interface Status {
  readonly pid: number;
  readonly buildId: string;
  readonly services: readonly { name: string; pid: number; state: string; gapMs?: string | number }[];
}

let installation: Installation;
let world: World;
let internet: Internet;
let session: Counter;
let outward: Counter;
let inward: EchoConnection;
let ping: ReturnType<typeof startPing>;
let vmPid: number;

const port = 47_322;
const vmNow = () => world.json<{ status: { state: string; pid: number; ipv4Address: string } }>('vm', 'show', 'web');
const status = () => world.json<Status>('daemon', 'status');
const gapsOf = ({ services }: Status) => services.map(({ name, gapMs = 0 }) => `${name} ${gapMs} ms`).join(', ');
/** Figures are for people: no test depends on them. */
const tell = (what: string, figures: string) => process.stderr.write(`${what}: ${figures}\n`);

beforeAll(async () => {
  installation = await createInstallation('aaaaaaaaaaaa');
  world = await createWorld({ program: [installation.program] });
  internet = await createInternet();
  await world.banger('daemon', 'start');
  const options = ['--init', 'light', '--memory', '256M', '--nat', '--publish', `127.0.0.1:${port}:7000`];
  await world.banger('vm', 'create', 'web', ...options);
  await world.inVm('web', `nohup ${echoServer(7000)} >/dev/null 2>&1 &`);
  const vm = await vmNow();
  vmPid = vm.status.pid;
  // One after the other: the guest has one processor, and it is emulated.
  session = startCounter(world, 'web');
  await session.advances(1);
  outward = startCounter(world, 'web', answerCounter(`${internetAddress}:8080`));
  await outward.advances(1);
  inward = await pollUntil(() => openEcho('127.0.0.1', port).catch(() => undefined), {
    what: 'the echo in the guest answers',
    timeoutMs: 120_000,
  });
  ping = startPing(vm.status.ipv4Address);
  await everythingGoesOn();
});

afterAll(async () => {
  session?.stop();
  outward?.stop();
  inward?.close();
  await ping?.stop();
  await world?.dispose();
  await internet?.dispose();
  await installation?.remove();
});

/** No connection was reset, nothing in them was lost, and it is the same VM. */
async function everythingGoesOn(): Promise<void> {
  await Promise.all([session.advances(), outward.advances(), inward.advances()]);
  expect((await vmNow()).status).toMatchObject({ state: 'VM_STATE_RUNNING', pid: vmPid });
}

async function allHealthyAgain(isNew: (status: Status) => boolean): Promise<Status> {
  const look = async () => {
    const { exitCode, stdout } = await world.attempt('daemon', 'status', '--json');
    const now = exitCode === 0 ? (JSON.parse(stdout) as Status) : undefined;
    return now?.services.every(({ state }) => state === 'SERVICE_STATE_HEALTHY') && isNew(now) && now;
  };
  return pollUntil(look, { what: 'all services are healthy again', timeoutMs: 120_000, everyMs: 200 });
}

test('banger daemon restart', async () => {
  const before = await status();
  const after = await world.json<Status & { gapsMs: Record<string, number> }>('daemon', 'restart');
  expect(after.pid).not.toBe(before.pid);
  expect(Object.keys(after.gapsMs)).toEqual(['netd', 'imaged', 'vmm', 'dnsd']);
  tell('daemon restart', gapsOf(after));
  await everythingGoesOn();
});

test('an upgrade: the next command rolls the daemon over', async () => {
  await installation.install('bbbbbbbbbbbb');
  expect((await world.banger('version')).stdout).toContain('the daemon is stale: it is 0.1.0 (build aaaaaaaaaaaa)');
  const { stdout, stderr } = await world.banger('vm', 'list');
  expect(stdout).toContain('web');
  expect(stderr).toMatch(/the daemon runs build aaaaaaaaaaaa, and this is bbbbbbbbbbbb: it is rolled over/);
  const after = await status();
  expect(after.buildId).toBe('bbbbbbbbbbbb');
  tell('upgrade', gapsOf(after));
  await everythingGoesOn();
  expect((await world.banger('vm', 'list')).stderr).toBe('');
});

describe('kill -9', () => {
  test.each(['netd', 'imaged', 'vmm', 'dnsd'])('of %s', async (name) => {
    const pidOf = ({ services }: Status) => services.find((service) => service.name === name)?.pid ?? 0;
    const pid = pidOf(await status());
    process.kill(pid, 'SIGKILL');
    tell(`kill -9 of ${name}`, gapsOf(await allHealthyAgain((now) => pidOf(now) !== pid)));
    await everythingGoesOn();
  });

  test('of the supervisor, and a new start', async () => {
    const { pid } = await status();
    const since = performance.now();
    process.kill(pid, 'SIGKILL');
    await world.banger('daemon', 'start');
    const after = await allHealthyAgain((now) => now.pid !== pid);
    tell('kill -9 of the supervisor and a start', `${Math.round(performance.now() - since)} ms for all`);
    expect(after.buildId).toBe('bbbbbbbbbbbb');
    await everythingGoesOn();
  });
});

test('no answer to a ping is missing', async () => {
  const { answers, missing } = await ping.stop();
  expect({ missing }).toEqual({ missing: [] });
  expect(answers).toBeGreaterThan(20);
});
