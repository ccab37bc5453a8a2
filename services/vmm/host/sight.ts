import { readFile, stat } from '../../../lib/host/files.js';
import { identify } from '../../../lib/host/process.js';
import type { DiskSize } from '../domain/evidence.js';
import type { VmPaths } from './vm-paths.js';

/** The interfaces of our own network namespace, whatever is mounted at /sys: proc_pid_net(5). */
const interfacesFile = '/proc/self/net/dev';
/** The unit of st_blocks, whatever the file system's is: stat(2). */
const bytesPerBlock = 512;

/** What is to be seen of VMs on this host. */
export function sightHere(paths: Pick<VmPaths, 'overlay' | 'workDisk'>) {
  return {
    startTimeOf: (pid: number) => identify(pid)?.startTime,
    async hasInterface(name: string): Promise<boolean> {
      return interfaceNames(await readFile(interfacesFile, 'utf8')).includes(name);
    },
    async diskSizes(uid: string): Promise<DiskSize[]> {
      const sizes = await Promise.all([sizeOf('disk', paths.overlay(uid)), sizeOf('work disk', paths.workDisk(uid))]);
      return sizes.filter((size) => size !== undefined);
    },
  };
}

/** Two lines of titles, then "  name: figures" each. */
function interfaceNames(text: string): string[] {
  return text
    .split('\n')
    .slice(2)
    .filter((line) => line.includes(':'))
    .map((line) => line.slice(0, line.indexOf(':')).trim());
}

async function sizeOf(name: DiskSize['name'], path: string): Promise<DiskSize | undefined> {
  try {
    const { size, blocks } = await stat(path);
    return { name, bytes: size, allocatedBytes: blocks * bytesPerBlock };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
