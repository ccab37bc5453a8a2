import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { listCgroups } from '../../../lib/host/cgroup.js';
import { pathExists, readdir, readTextIfExists, removePath, writeFile } from '../../../lib/host/files.js';
import { commandLine } from '../../../lib/host/process.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { VmPaths } from '../../../services/vmm/host/vm-paths.js';
import { installStandIn } from '../../stand-in/install.js';
import type { Fault } from '../../stand-in/settings.js';
import { ipBatch } from './host.js';
import { createWorld, type World } from './world.js';

/** A banger whose Firecracker is the stand-in; the test answers on port 22 in place of its scripted guests. */
export interface StandInWorld extends World {
  /** The next launch meets these. */
  faults(...faults: readonly Fault[]): Promise<void>;
  /** Whether a stand-in of this VM has come to a step since the faults were set. */
  reached(uid: string, step: string): Promise<boolean>;
  /** Everything on the host that goes with a VM. */
  traces(uid: string): Promise<string[]>;
}

export async function createStandInWorld(jail: 'on' | 'off'): Promise<StandInWorld> {
  const folder = await tempFolder();
  const trace = join(folder.path, 'requests');
  const install = (faults: readonly Fault[]) => installStandIn(join(folder.path, 'bin'), { trace, faults });
  const programs = await install([]);
  const world = await createWorld();
  await writeFile(world.configFile, configuration(programs, jail));
  const guests = await answerForGuests();
  const paths = new VmPaths(world.stateDir, world.runDir);
  const jailOf = (uid: string) => join(paths.jails, 'firecracker', uid);

  async function reached(uid: string, step: string): Promise<boolean> {
    const places = [trace, join(jailOf(uid), 'root', 'run', 'trace.jsonl')];
    const lines = (await Promise.all(places.map(readTextIfExists))).join('').split('\n');
    const steps = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
    return steps.some((each) => each.step === step || `${each.method} ${each.path}` === step);
  }

  async function traces(uid: string): Promise<string[]> {
    const places = [paths.stateFolder(uid), paths.firecrackerFolder(uid), jailOf(uid)];
    const files = places.map(async (path) => ((await pathExists(path)) ? [path] : []));
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const processes = pids.filter((pid) => commandLine(Number(pid))?.includes(uid)).map((pid) => `process ${pid}`);
    const cgroups = (await listCgroups(paths.cgroup)).filter((name) => name === uid).map((name) => `cgroup ${name}`);
    const mounts = ((await readTextIfExists('/proc/self/mountinfo')) ?? '').includes(uid) ? ['mounts'] : [];
    return [...(await Promise.all(files)).flat(), ...processes, ...cgroups, ...mounts];
  }

  return {
    ...world,
    reached,
    traces,
    async faults(...faults) {
      await removePath(trace);
      await install(faults);
    },
    async dispose() {
      await world.dispose();
      await guests.close();
      await folder.remove();
    },
  };
}

function configuration({ firecracker, jailer }: { firecracker: string; jailer: string }, jail: string): string {
  const settings = { firecracker, jailer, jail, hypervisor: 'firecracker', acceleration: 'kvm' };
  return ['[vmm]', ...Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join(
    '\n',
  );
}

/** More than are in use at once: the first of the standard pool are given first. */
const guestAddresses = Array.from({ length: 20 }, (_, i) => `10.77.0.${10 + i}`);

/** The addresses of guests are this host's own while it lasts, so that the banner of an ssh server can come from here. */
async function answerForGuests(): Promise<{ close(): Promise<void> }> {
  const routes = guestAddresses.map((address) => `local ${address} dev lo table local`);
  await ipBatch(routes.map((route) => `route add ${route}`));
  const server = createServer((socket) => socket.on('error', () => undefined).write('SSH-2.0-stand-in\r\n'));
  await listening(server);
  return {
    async close() {
      server.close();
      await ipBatch(routes.map((route) => `route delete ${route}`));
    },
  };
}

function listening(server: Server): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(22, '0.0.0.0', () => resolve(server.address() as AddressInfo));
  });
}
