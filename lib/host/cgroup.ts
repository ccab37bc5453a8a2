import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../clock.js';
import { mkdir, pathExists, readdir, readFile, rmdir, writeFile } from './files.js';

/**
 * Control groups, version 2 (Linux, admin-guide/cgroup-v2), for processes that we start: a parent of ours below the root
 * of the hierarchy, and in it a leaf for each. What a host lacks is left out: a group without limits still keeps a
 * process apart, and no group at all only means that nothing is limited.
 */

/** Names of interface files and what is written to them, such as "memory.max" and "536870912". */
export type CgroupLimits = Readonly<Record<string, string>>;

/** Where the hierarchy is mounted, or undefined when there is none that we may write. */
export async function findCgroupMount(mountinfo = '/proc/self/mountinfo'): Promise<string | undefined> {
  const lines = (await readFile(mountinfo, 'utf8')).split('\n');
  // The mount point is field 5, its options field 6; the type comes after " - ": proc(5).
  const mounts = lines.filter((line) => line.includes(' - cgroup2 ')).map((line) => line.split(' '));
  const path = mounts.find(([, , , , , options]) => options?.split(',').includes('rw'))?.[4];
  return path !== undefined && (await isWritable(path)) ? path : undefined;
}

/** Not to a user without rights: then nothing is limited. */
function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Those limits whose controllers this host has in the hierarchy; undefined when there is no hierarchy. */
export async function supportedLimits(limits: CgroupLimits): Promise<CgroupLimits | undefined> {
  const mount = await findCgroupMount();
  if (mount === undefined) return undefined;
  const controllers = await grantableControllers(mount);
  return Object.fromEntries(Object.entries(limits).filter(([file]) => controllers.includes(controllerOf(file))));
}

/**
 * The controllers that groups below the mount can have. Where that is not the root of the hierarchy but a container's
 * part of it, processes are in it, and what its children have not got already they cannot get.
 */
async function grantableControllers(mount: string): Promise<string[]> {
  // Every group but the root has a type.
  const isRoot = !(await pathExists(join(mount, 'cgroup.type')));
  return wordsOf(join(mount, isRoot ? 'cgroup.controllers' : 'cgroup.subtree_control'));
}

/** Makes a group, sets the limits that this host supports, and puts a process into it. Nothing where there is no cgroup v2. */
export async function enterCgroup(parent: string, leaf: string, limits: CgroupLimits, pid: number): Promise<void> {
  const [mount, supported] = [await findCgroupMount(), await supportedLimits(limits)];
  if (mount === undefined || supported === undefined) return;
  const group = groupPath(mount, parent, leaf);
  await mkdir(group, { recursive: true });
  for (const folder of [mount, join(group, '..')])
    await enableControllers(folder, Object.keys(supported).map(controllerOf));
  for (const [file, value] of Object.entries(supported)) await writeFile(join(group, file), value);
  await writeFile(join(group, 'cgroup.procs'), `${pid}`).catch((error: NodeJS.ErrnoException) => {
    // A process that has ended meanwhile needs none.
    if (error.code !== 'ESRCH') throw error;
  });
}

/** The leaves of a parent. */
export async function listCgroups(parent: string): Promise<string[]> {
  const mount = await findCgroupMount();
  if (mount === undefined) return [];
  const entries = await readdir(groupPath(mount, parent), { withFileTypes: true }).catch(missing);
  return (entries ?? []).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** A process that was killed leaves its group moments after it is gone. */
const emptyMs = 5_000;

/** Removes a leaf, and its parent with the last one. Succeeds when it is not there; fails while a process is in it. */
export async function removeCgroup(parent: string, leaf: string): Promise<void> {
  const mount = await findCgroupMount();
  if (mount === undefined) return;
  const group = groupPath(mount, parent, leaf);
  if (!(await pathExists(group))) return;
  await pollUntil(() => removed(group), { what: `${group} is empty`, timeoutMs: emptyMs, everyMs: 10 });
  await removed(groupPath(mount, parent));
}

/** False while something is in it. */
async function removed(group: string): Promise<boolean> {
  return rmdir(group).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true;
      if (error.code === 'EBUSY' || error.code === 'ENOTEMPTY') return false;
      throw error;
    },
  );
}

/** Lets the groups in a folder have controllers that are not theirs yet. */
async function enableControllers(folder: string, controllers: readonly string[]): Promise<void> {
  const enabled = await wordsOf(join(folder, 'cgroup.subtree_control'));
  const more = [...new Set(controllers)].filter((controller) => !enabled.includes(controller));
  if (more.length > 0)
    await writeFile(join(folder, 'cgroup.subtree_control'), more.map((name) => `+${name}`).join(' '));
}

function controllerOf(file: string): string {
  return file.split('.')[0] ?? file;
}

async function wordsOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).trim().split(/\s+/);
}

/** Names go into paths: nothing but letters, digits, "_" and "-". */
function groupPath(mount: string, ...names: readonly string[]): string {
  const bad = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name));
  if (bad !== undefined) throw new TypeError(`${JSON.stringify(bad)} is no name for a cgroup`);
  return join(mount, ...names);
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
