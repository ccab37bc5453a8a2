import { join } from 'node:path';
import { listCgroups } from '../../lib/host/cgroup.js';
import { pathExists, readdir, readTextIfExists } from '../../lib/host/files.js';
import { commandLine } from '../../lib/host/process.js';
import type { VmPaths } from '../../services/vmm/host/vm-paths.js';

/** Everything on the host that goes with the hypervisor process of a VM, whichever it is. */
export async function leftoversOf(paths: VmPaths, uid: string): Promise<string[]> {
  const jails = (await namesIn(paths.jails)).map((program) => join(paths.jails, program, uid));
  const places = [paths.runFolder(uid), paths.firecrackerFolder(uid), ...jails];
  const files = await Promise.all(places.map(async (path) => ((await pathExists(path)) ? [path] : [])));
  const mounts = ((await readTextIfExists('/proc/self/mountinfo')) ?? '').split('\n');
  const cgroups = await listCgroups(paths.cgroup);
  return [
    ...files.flat(),
    ...mounts.filter((line) => line.includes(uid)).map((line) => `mount ${line}`),
    ...cgroups.filter((name) => name === uid).map((name) => `cgroup ${name}`),
    ...(await processesNaming(uid)),
  ];
}

/** What a trial boot makes on the host for as long as it lasts. */
export async function trialLeftovers(paths: VmPaths, vmlinuxPath: string): Promise<string[]> {
  const names = await namesIn(paths.firecrackerTrials);
  const processes = [vmlinuxPath, paths.firecrackerTrials].map(processesNaming);
  return [...names, ...(await Promise.all(processes)).flat()];
}

/** Processes with this text in their arguments. */
async function processesNaming(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = (pid: string) => commandLine(Number(pid))?.some((argument) => argument.includes(text));
  return pids.filter(names).map((pid) => `process ${pid}`);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await pathExists(folder)) ? readdir(folder) : [];
}
