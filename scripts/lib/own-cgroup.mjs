// A cgroup for a suite: what its processes make of cgroups is made below it, and no other suite sees it.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long the kernel may take with what was killed. */
const patienceMs = 10_000;

/**
 * Makes a cgroup, version 2, that has the controllers of this host. Returns the path of its hierarchy and its own;
 * nothing where there is no hierarchy that we may write.
 */
export function makeCgroup(name) {
  const mount = cgroupMount();
  if (mount === undefined) return undefined;
  // All groups but the root have a type. Below a container's, where processes are, no more can be had than there is.
  if (!existsSync(join(mount, 'cgroup.type'))) grantControllers(mount);
  const path = join(mount, name);
  mkdirSync(path);
  return { mount, path };
}

/** What all processes that were ever in it have used of the processors, in seconds. */
export function processorSeconds(path) {
  return Number(readFileSync(join(path, 'cpu.stat'), 'utf8').match(/^usage_usec (\d+)$/m)?.[1]) / 1_000_000;
}

/** Kills whatever is left in a cgroup, and removes it with all that lie in it. */
export async function removeCgroup(path) {
  writeFileSync(join(path, 'cgroup.kill'), '1');
  for (const end = performance.now() + patienceMs; !isRemoved(path); await delay(20)) {
    if (performance.now() > end) throw new Error(`cannot remove ${path}: what was killed in it is not gone`);
  }
}

function cgroupMount() {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const path = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1];
  try {
    if (path !== undefined) accessSync(path, constants.W_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** To the groups in this one. */
function grantControllers(path) {
  const names = readFileSync(join(path, 'cgroup.controllers'), 'utf8').split(/\s+/).filter(Boolean);
  writeFileSync(join(path, 'cgroup.subtree_control'), names.map((name) => `+${name}`).join(' '));
}

/** False while a process is in it. */
function isRemoved(path) {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!folders.map(({ name }) => isRemoved(join(path, name))).every(Boolean)) return false;
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (error.code === 'EBUSY') return false;
    throw error;
  }
}
