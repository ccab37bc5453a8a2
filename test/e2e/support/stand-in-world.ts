import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../../../lib/host/command.js';
import { pathExists, readTextIfExists, removePath, writeFile } from '../../../lib/host/files.js';
import { identify, type ProcessIdentity } from '../../../lib/host/process.js';
import { tempFolder } from '../../../lib/testing/temp-folder.js';
import { VmPaths } from '../../../services/vmm/host/vm-paths.js';
import { leftoversOf } from '../../host/hypervisor-leftovers.js';
import { installStandIn } from '../../stand-in/install.js';
import type { Fault } from '../../stand-in/settings.js';
import { ipBatch } from './host.js';
import { createWorld, type World, type WorldOptions } from './world.js';

/** A banger whose Firecracker is the stand-in; the test answers on port 22 in place of its scripted guests. */
export interface StandInWorld extends World {
  /** The next launch meets these. */
  faults(...faults: readonly Fault[]): Promise<void>;
  /** The process that has come to a step of this VM's launch since the faults were set; undefined until then. */
  reached(uid: string, step: string): Promise<ProcessIdentity | undefined>;
  /** Everything on the host that goes with a VM. */
  traces(uid: string, tap: string): Promise<string[]>;
}

/** For its configuration: services that are killed again and again would be started ever later. */
export const quickRestarts = '[supervisor]\nbackoff_initial_ms = 10\nbackoff_max_ms = 50\n';

export interface StandInOptions extends WorldOptions {
  /** More of the configuration file. */
  readonly config?: string;
}

export async function createStandInWorld(jail: 'on' | 'off', options: StandInOptions = {}): Promise<StandInWorld> {
  const folder = await tempFolder();
  const trace = join(folder.path, 'requests');
  const install = (faults: readonly Fault[]) => installStandIn(join(folder.path, 'bin'), { trace, faults });
  const programs = await install([]);
  const world = await createWorld(options);
  await writeFile(world.configFile, `${configuration(programs, jail)}${options.config ?? ''}`);
  const guests = await answerForGuests();
  const paths = new VmPaths(world.stateDir, world.runDir);
  const jailOf = (uid: string) => join(paths.jails, 'firecracker', uid);

  async function reached(uid: string, step: string): Promise<ProcessIdentity | undefined> {
    const places = [trace, join(jailOf(uid), 'root', 'run', 'trace.jsonl')];
    const texts = await Promise.all(places.map(readTextIfExists));
    // What follows the last line break is still being written.
    const lines = texts.flatMap((text = '') => text.split('\n').slice(0, -1));
    const steps = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const found = steps.find((each) => each.step === step || `${each.method} ${each.path}` === step);
    return found && identify(Number(found.pid));
  }

  async function traces(uid: string, tap: string): Promise<string[]> {
    const links = (await runCommand(['ip', '-o', 'link'])).stdout;
    const files = (await pathExists(paths.stateFolder(uid))) ? [paths.stateFolder(uid)] : [];
    return [...files, ...(links.includes(`${tap}:`) ? [`tap ${tap}`] : []), ...(await leftoversOf(paths, uid))];
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
  // Suites look whether a deletion has left anything; a test of the trash asks for it.
  const settings = { firecracker, jailer, jail, hypervisor: 'firecracker', acceleration: 'kvm', trash_hours: 0 };
  return ['[vmm]', ...Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join(
    '\n',
  );
}

/** More than one world gives: the next free one of the standard pool follows the one that was given last. */
const guestAddresses = Array.from({ length: 2_000 }, (_, i) => `10.77.${(i + 10) >> 8}.${(i + 10) & 255}`);

/** The addresses of guests are this host's own while it lasts, so that the banner of an ssh server can come from here. */
async function answerForGuests(): Promise<{ close(): Promise<void> }> {
  // Each by itself: the route to a tap says more than one to all of them, and would win.
  const routes = guestAddresses.map((address) => `local ${address} dev lo table local`);
  await ipBatch(routes.map((route) => `route add ${route}`));
  const server = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-stand-in\r\n'));
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
