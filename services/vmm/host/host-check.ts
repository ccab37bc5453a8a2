import { type CheckHost, findAll, type Observation } from '../../../lib/finding.js';
import { readFile } from '../../../lib/host/files.js';
import { lookForRightToWrite, lookForSpace, lookForTools } from '../../../lib/host/preflight.js';
import { lookAtSocketPath } from '../../../lib/host/socket-path.js';
import { memoryObservation } from '../domain/host-findings.js';
import { growTools, keyTools, startTools } from './tools.js';
import type { VmPaths } from './vm-paths.js';

const mebibyte = 1024 * 1024;
/** A new VM's disk of the standard size takes 4.2 MiB, measured; larger ones, its logs and the first boot take more. */
const diskOfNewVm = 32 * mebibyte;
/** Disks are sparse and grow as guests write. */
const comfortableSpace = 1024 * mebibyte;

export interface HostCheckOptions {
  readonly paths: VmPaths;
  /** Whether hypervisors may be put in jails, whose sockets lie below the state directory. */
  readonly jails: boolean;
  /** Another file in tests. */
  readonly memInfo?: string;
}

/** What VMs need of this host, whichever hypervisor runs them. */
export function createHostCheck(options: HostCheckOptions): CheckHost {
  const looks = {
    'vm-start': () => lookForStart(options),
    'work-disk-resize': () => lookForTools(growTools),
    ssh: () => lookForTools(keyTools),
  };
  return (wanted) => findAll(looks, wanted);
}

async function lookForStart({ paths, jails, memInfo = '/proc/meminfo' }: HostCheckOptions): Promise<Observation[]> {
  const folder = paths.stateFolders;
  const elsewhere = 'move the state directory with BANGER_STATE_DIR';
  const uid = '0'.repeat(16);
  const [tools, ...rest] = await Promise.all([
    lookForTools(startTools),
    lookForRightToWrite(folder, `run the daemon as root, or ${elsewhere}`),
    lookForSpace({
      folder,
      needed: diskOfNewVm,
      comfortable: comfortableSpace,
      remedy: `free some space, or ${elsewhere}`,
    }),
    lookForMemory(memInfo),
  ]);
  const sockets = [lookAtSocketPath(paths.firecrackerVsock(uid), 'BANGER_RUN_DIR')];
  if (jails) sockets.push(asWarning(lookAtSocketPath(paths.jailedVsock(uid), 'BANGER_STATE_DIR')));
  return [...tools, ...rest, ...sockets];
}

/** Only a jailed Firecracker has its socket there. */
function asWarning(observation: Observation): Observation {
  return observation.severity === 'error' ? { ...observation, severity: 'warning' } : observation;
}

async function lookForMemory(memInfo: string): Promise<Observation> {
  const [, kibibytes = '0'] = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile(memInfo, 'utf8')) ?? [];
  return memoryObservation(Math.floor(Number(kibibytes) / 1024));
}
