import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ServiceState } from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { commandLine, isAlive } from '../../lib/host/process.js';
import { serviceNames } from '../../lib/paths.js';
import {
  allHealthy,
  healthy,
  identities,
  lab,
  noneLeft,
  serviceOf,
  startSupervisor,
  until,
  useSupervisorLab,
} from './supervisor-lab.js';

useSupervisorLab();

test('services come up, and the status tells everything of them, in the order of their start', async () => {
  const supervisor = startSupervisor();
  const status = await allHealthy();
  expect(status).toMatchObject({ pid: supervisor.child.pid, runDir: lab.runDir, dnsListener: '127.0.0.1:42069' });
  expect(status.services.map(({ name }) => name)).toEqual([...serviceNames]);
  for (const service of status.services) {
    expect(commandLine(service.pid)?.[1]).toBe(join(lab.dist, `services/${service.name}/main.js`));
    expect(existsSync(service.socketPath)).toBe(true);
    expect(await readFile(service.logPath, 'utf8')).toContain('stand-in is up');
    expect(service).toMatchObject({ restartCount: 0, lastExit: '' });
  }
});

test('SIGTERM stops the services in reverse and leaves nothing', async () => {
  const supervisor = startSupervisor();
  const processes = identities(await allHealthy());
  supervisor.child.kill('SIGTERM');
  expect(await supervisor.exit).toEqual([0, null]);
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(join(lab.runDir, 'supervisor.sock'))).toBe(false);
  expect(existsSync(join(lab.runDir, 'supervisor.json'))).toBe(false);
  const ends = await Promise.all(serviceNames.map((name) => endTime(name)));
  expect(ends).toEqual(ends.toSorted((a, b) => b - a));
});

/** When a stand-in said its last words. */
async function endTime(name: string): Promise<number> {
  const log = await readFile(join(lab.world, `state/logs/${name}.log`), 'utf8');
  const last = JSON.parse(log.trim().split('\n').at(-1) ?? '');
  expect(last.msg).toBe('stand-in has stopped');
  return Date.parse(last.time);
}

test('Shutdown does the same', async () => {
  const supervisor = startSupervisor();
  await allHealthy();
  await lab.client.shutdown({});
  expect(await supervisor.exit).toEqual([0, null]);
});

test('a service that is killed comes back, and the others do not notice', async () => {
  startSupervisor();
  const before = await allHealthy();
  const { pid } = serviceOf(before, 'vmm');
  process.kill(pid, 'SIGKILL');
  const after = await until('vmm is back', (s) => serviceOf(s, 'vmm').restartCount === 1 && healthy(s));
  expect(serviceOf(after, 'vmm')).toMatchObject({ lastExit: 'ended by SIGKILL' });
  expect(serviceOf(after, 'vmm').pid).not.toBe(pid);
  for (const name of ['netd', 'imaged', 'dnsd']) {
    expect(serviceOf(after, name).pid).toBe(serviceOf(before, name).pid);
  }
});

test('a service that cannot start says why, and heals when the cause is gone', async () => {
  await writeFile(join(lab.runDir, 'imaged.broken'), '');
  startSupervisor();
  const broken = await until('imaged fails', (s) => s.services.length > 0 && serviceOf(s, 'imaged').restartCount >= 2);
  expect(serviceOf(broken, 'imaged').lastExit).toBe('exit code 1: imaged is broken on purpose');
  await until('the others are up', (s) =>
    ['netd', 'vmm', 'dnsd'].every((n) => serviceOf(s, n).state === ServiceState.HEALTHY),
  );
  await expect(lab.client.restartService({ name: 'imaged' })).rejects.toMatchObject({ reason: 'SERVICE_NOT_HEALTHY' });
  await rm(join(lab.runDir, 'imaged.broken'));
  await allHealthy();
});

test('a wrong configuration is shown as such', async () => {
  startSupervisor({ BANGER_NETD_SHAPE: 'round' });
  const status = await until('netd fails', (s) => s.services.length > 0 && serviceOf(s, 'netd').lastExit !== '');
  expect(serviceOf(status, 'netd').lastExit).toMatch(/^wrong configuration: .*SHAPE/);
});

test('an unknown section is told together with the mistakes of every service', async () => {
  await writeFile(join(lab.world, 'config.toml'), '[nework]\n[netd]\nshape = "round"\n[dnsd]\nsize = 1\n');
  startSupervisor();
  const status = await until(
    'all have failed',
    (s) => s.services.length > 0 && s.services.every((one) => one.lastExit),
  );
  expect(serviceOf(status, 'netd').lastExit).toMatch(/nework: is no section.*netd\.shape/);
  expect(serviceOf(status, 'dnsd').lastExit).toMatch(/nework: is no section.*dnsd\.size/);
});

describe('RestartService', () => {
  test('returns when the new process is healthy', async () => {
    startSupervisor();
    const { pid } = serviceOf(await allHealthy(), 'netd');
    const { service } = await lab.client.restartService({ name: 'netd' });
    expect(service).toMatchObject({ state: ServiceState.HEALTHY, restartCount: 1, lastExit: 'stopped on request' });
    expect(service?.pid).not.toBe(pid);
    await expect(lab.client.restartService({ name: 'webd' })).rejects.toMatchObject({ reason: 'SERVICE_NOT_FOUND' });
  });

  test('kills a service that does not obey', async () => {
    await writeFile(join(lab.runDir, 'dnsd.deaf'), '');
    startSupervisor();
    const [, , , deaf] = identities(await allHealthy());
    await lab.client.restartService({ name: 'dnsd' });
    expect(deaf && isAlive(deaf)).toBe(false);
  });
});

test('a second supervisor is refused before it touches anything', async () => {
  startSupervisor();
  const processes = identities(await allHealthy());
  const second = startSupervisor();
  expect(await second.exit).toEqual([1, null]);
  expect(second.log()).toContain('another process serves it');
  expect(processes.every(isAlive)).toBe(true);
  await allHealthy();
});

describe('a supervisor that is killed', () => {
  test('leaves services that end by themselves, and the next one takes over', async () => {
    const first = startSupervisor();
    const processes = identities(await allHealthy());
    first.child.kill('SIGKILL');
    await first.exit;
    await noneLeft(processes);
    startSupervisor();
    const status = await allHealthy();
    expect(status.services.map(({ restartCount }) => restartCount)).toEqual([0, 0, 0, 0]);
  });

  test('also when one of them hangs and must be ended by its successor', async () => {
    await writeFile(join(lab.runDir, 'vmm.deaf'), '');
    const first = startSupervisor();
    const [, , hanging] = identities(await allHealthy());
    first.child.kill('SIGKILL');
    await first.exit;
    expect(hanging && isAlive(hanging)).toBe(true);
    startSupervisor();
    await allHealthy();
    expect(hanging && isAlive(hanging)).toBe(false);
  });
});

test('a log is followed as it is written', async () => {
  startSupervisor();
  await allHealthy();
  const stream = lab.client.streamServiceLog({ name: 'netd', tailLines: 1, follow: true })[Symbol.asyncIterator]();
  expect(String((await stream.next()).value?.data)).toContain('listening');
  const next = stream.next();
  await lab.client.restartService({ name: 'netd' });
  expect(String((await next).value?.data)).toContain('stopping');
  await stream.return?.();
  const tooMany = lab.client.streamServiceLog({ name: 'netd', tailLines: -1, follow: false })[Symbol.asyncIterator]();
  await expect(tooMany.next()).rejects.toMatchObject({ kind: 'invalid' });
});
