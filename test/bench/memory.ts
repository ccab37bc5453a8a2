import { residentBytes } from '../../lib/host/process.js';
import { spawnChild } from '../../lib/host/spawn.js';
import type { World } from '../e2e/support/world.js';
import { type Row, row } from './measure.js';

/** The resident memory of each daemon, against a Node process that only waits. */
export async function benchMemory(world: World): Promise<Row[]> {
  const idle = spawnChild([process.execPath, '-e', 'console.log(1); setInterval(() => {}, 1e6)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => idle.stdout?.once('data', resolve));
  const bare = residentBytes(idle.pid ?? 0) ?? Number.NaN;
  idle.kill();
  const status = await world.json<{ pid: number; services: { name: string; pid: number }[] }>('daemon', 'status');
  const daemons = [{ name: 'bangerd', pid: status.pid }, ...status.services];
  return daemons.map(({ name, pid }) => row(`memory of ${name}`, 'bytes', [residentBytes(pid) ?? Number.NaN], [bare]));
}
