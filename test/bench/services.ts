import { once } from 'node:events';
import { join } from 'node:path';
import { pollUntil } from '../../lib/clock.js';
import { runCommand } from '../../lib/host/command.js';
import { ensureFolder, pathExists } from '../../lib/host/files.js';
import { spawnChild } from '../../lib/host/spawn.js';
import type { ServiceName } from '../../lib/paths.js';
import { createHealthProbe } from '../../lib/rpc/health.js';
import { tempFolder } from '../../lib/testing/temp-folder.js';
import type { World } from '../e2e/support/world.js';
import { alternate, type Row, row, timed } from './measure.js';

const patienceMs = 60_000;

/** Services from their start until they say that they serve, against Node starting to do nothing. */
export async function benchServices(world: World): Promise<Row[]> {
  // Those that touch nothing beyond their own folders: beside them the others of this world go on.
  return [await benchStart(world, 'imaged'), await benchStart(world, 'vmm')];
}

async function benchStart(world: World, name: ServiceName): Promise<Row> {
  const node = () => timed(() => runCommand([process.execPath, '-e', '0']));
  const { values, baselines } = await alternate(10, () => startOnce(world, name), node);
  return row(`${name} to healthy / node -e 0`, 'ms', values, baselines);
}

async function startOnce({ env }: World, name: ServiceName): Promise<number> {
  const folder = await tempFolder();
  const [stateDir, runDir] = [join(folder.path, 'state'), join(folder.path, 'run')];
  await ensureFolder(runDir);
  const own = { BANGER_STATE_DIR: stateDir, BANGER_RUN_DIR: runDir, BANGER_CONFIG: join(folder.path, 'config.toml') };
  const socket = join(runDir, `${name}.sock`);
  const probe = createHealthProbe(name, socket);
  const start = performance.now();
  const child = spawnChild([process.execPath, `dist/services/${name}/main.js`], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...env, ...own },
  });
  const ended = once(child, 'exit');
  try {
    // What connects too early waits for longer than the start takes.
    await pollUntil(() => pathExists(socket), { what: `${name} listens`, timeoutMs: patienceMs, everyMs: 2 });
    if (!(await probe.check({ deadlineMs: patienceMs }))) throw new Error(`${name} is not healthy`);
    return performance.now() - start;
  } finally {
    probe.close();
    child.kill();
    await ended;
    await folder.remove();
  }
}
