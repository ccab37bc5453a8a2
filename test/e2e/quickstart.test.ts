import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CommandResult, runCommand } from '../../lib/host/command.js';
import { hostNetwork } from './support/host.js';
import { createInternet } from './support/internet.js';
import { smoke } from './support/smoke.js';
import { createWorld, type World } from './support/world.js';

/** `npm run quickstart` on a machine that has its packages: what it makes, that it can be run again, and its way back. */

let world: World;
let before: Record<string, string>;

beforeAll(async () => {
  before = await hostNetwork();
  world = await createWorld();
});
afterAll(() => world?.dispose());

const quickstart = (...args: string[]): Promise<CommandResult> =>
  runCommand(['npm', 'run', '--silent', 'quickstart', '--', ...args], { env: world.env, timeoutMs: 600_000 });

test('it ends with a VM that has a name and answers, and says what to type next', async () => {
  const { stdout, stderr } = await quickstart();
  expect(stderr).toMatch(/✓ command over ssh/);
  expect(stdout).toMatch(/hello\.vm is up at 10\.77\.0\.\d+ \(Linux /);
  expect(stdout).toContain('bin/banger vm ssh hello');
});

test('what it has made passes the smoke that an installed tree passes', () => smoke(world, 'hello'));

test('`verify --all` proves network and names there, and leaves nothing', async () => {
  const there = await hostNetwork();
  const internet = await createInternet();
  try {
    const { exitCode, stdout } = await world.attempt('verify', '--all');
    expect(stdout).toMatch(/✓ out through the uplink +198\.51\.100\.2 answers by ping/);
    expect({ exitCode, failed: stdout.match(/^✗.*/gm) }).toEqual({ exitCode: 0, failed: null });
    expect((await world.json<{ name: string }[]>('vm', 'list')).map(({ name }) => name)).toEqual(['hello']);
  } finally {
    await internet.dispose();
  }
  expect(await hostNetwork()).toEqual(there);
});

test('run again, it changes nothing', async () => {
  const show = () => world.json<{ uid: string; status: { pid: number } }>('vm', 'show', 'hello');
  const { uid, status } = await show();
  await quickstart();
  expect(await show()).toMatchObject({ uid, status: { pid: status.pid } });
});

test('--down leaves the host as it was found, but for the images', async () => {
  await quickstart('--down');
  expect(await hostNetwork()).toEqual(before);
  expect(existsSync(world.runDir)).toBe(false);
  expect(readdirSync(world.stateDir)).toEqual(['imaged']);
  expect(readdirSync(join(world.stateDir, 'imaged')).length).toBeGreaterThan(0);
});

test('--down can be repeated, and --purge takes the images too', async () => {
  await quickstart('--down');
  await quickstart('--down', '--purge');
  expect(existsSync(world.stateDir)).toBe(false);
});
