import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import {
  type GetStatusResponse,
  ServiceState,
  SupervisorServiceService,
} from '../../gen/banger/supervisor/v1/supervisor_service.js';
import { pollUntil } from '../../lib/clock.js';
import { identify, isAlive, type ProcessIdentity } from '../../lib/host/process.js';
import { serviceNames } from '../../lib/paths.js';
import { createClient } from '../../lib/rpc/client.js';
import type { RpcClient } from '../../lib/rpc/contract.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import { bundleDaemon, daemonFiles } from '../support/daemon-bundle.js';

/** The real bangerd, from its own dist/, with stand-ins for its services. */

const patienceMs = 60_000;
let dist: Awaited<ReturnType<typeof tempFolder>>;
let world: Awaited<ReturnType<typeof tempFolder>>;
let runDir: string;
let client: RpcClient<typeof SupervisorServiceService>;
const started: ChildProcess[] = [];

/** What a test of the supervisor works with. */
export const lab = {
  get dist() {
    return dist.path;
  },
  get world() {
    return world.path;
  },
  get runDir() {
    return runDir;
  },
  get client() {
    return client;
  },
};

/** Sets the lab up for all tests of a file; each has its own state and sockets. */
export function useSupervisorLab(): void {
  beforeAll(prepareDist);
  afterAll(() => dist.remove());
  beforeEach(prepareWorld);
  afterEach(clearWorld);
}

async function prepareDist(): Promise<void> {
  dist = await tempFolder();
  await symlink(resolve('node_modules'), join(dist.path, 'node_modules'));
  await writeFile(join(dist.path, 'package.json'), '{ "type": "module" }\n');
  const [first = '', ...others] = serviceNames.map((name) => join(dist.path, 'services', name));
  await bundleDaemon('test/host/fixtures/stand-in-service.ts', first);
  for (const folder of others) await install(first, folder);
  await installSupervisor('aaaaaaaaaaaa');
}

/** Puts bangerd, as that build of it, in the place of the one that is there. */
export async function installSupervisor(buildId: string): Promise<void> {
  const folder = join(dist.path, 'builds', buildId, 'supervisor');
  const define = { BUILD_ID: JSON.stringify(buildId), VERSION: '"1.2.3"' };
  if (!existsSync(folder)) await bundleDaemon('supervisor/main.ts', folder, define);
  await install(folder, join(dist.path, 'supervisor'));
}

async function install(from: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of daemonFiles) {
    // Somebody may be about to run the former one.
    await copyFile(join(from, name), join(folder, `${name}.new`));
    await rename(join(folder, `${name}.new`), join(folder, name));
  }
}

async function prepareWorld(): Promise<void> {
  world = await tempFolder();
  runDir = join(world.path, 'run');
  await mkdir(runDir);
  client = createClient(SupervisorServiceService, 'supervisor', join(runDir, 'supervisor.sock'));
}

async function clearWorld(): Promise<void> {
  client.close();
  // The last first: one that was taken over ends by itself.
  for (const child of started.splice(0).toReversed()) await end(child);
  await world.remove();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

const settings = {
  BANGER_SUPERVISOR_BACKOFF_INITIAL_MS: '20',
  BANGER_SUPERVISOR_BACKOFF_MAX_MS: '200',
  BANGER_SUPERVISOR_HEALTH_INTERVAL_MS: '200',
  BANGER_SUPERVISOR_STOP_GRACE_MS: '1000',
};

export function startSupervisor(env: Record<string, string> = {}, words: readonly string[] = []) {
  const places = {
    BANGER_STATE_DIR: join(world.path, 'state'),
    BANGER_RUN_DIR: runDir,
    BANGER_CONFIG: join(world.path, 'config.toml'),
  };
  const child = spawn(process.execPath, [join(dist.path, 'supervisor/main.js'), ...words], {
    env: { ...process.env, ...settings, ...places, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let log = '';
  child.stderr?.on('data', (data) => {
    log += data;
  });
  return { child, log: () => log, exit: once(child, 'exit') };
}

/** Looks at the status until it is as wanted. */
export function until(what: string, wanted: (status: GetStatusResponse) => boolean): Promise<GetStatusResponse> {
  const look = async () => {
    const status = await client.getStatus({}).catch(() => undefined);
    return status && wanted(status) && status;
  };
  return pollUntil(look, { what, timeoutMs: patienceMs });
}

export const allHealthy = () => until('all services are healthy', healthy);
export const healthy = ({ services }: GetStatusResponse) =>
  services.every(({ state }) => state === ServiceState.HEALTHY);
export const serviceOf = (status: GetStatusResponse, name: string) => {
  const found = status.services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};

export function identities(status: GetStatusResponse): ProcessIdentity[] {
  const found = status.services.map(({ pid }) => identify(pid)).filter((identity) => identity !== undefined);
  expect(found).toHaveLength(serviceNames.length);
  return found;
}

export const noneLeft = (processes: readonly ProcessIdentity[]) =>
  pollUntil(() => processes.every((one) => !isAlive(one)), { what: 'no process is left', timeoutMs: patienceMs });
