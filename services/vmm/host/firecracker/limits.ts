import type { CgroupLimits } from '../../../../lib/host/cgroup.js';
import type { LaunchPlan } from '../../app/ports.js';

const bytesPerMib = 1024 * 1024;
/** Firecracker itself takes 5 MiB (its SPECIFICATION); the rest is room for the page cache of the disks. */
const overheadMib = 256;
/** A thread per processor, one for the machine, one for the API, and room for the jailer. */
const otherThreads = 16;
const periodUs = 100_000;

/** What the process of a VM may take: its memory and processors, and what runs them. */
export function limitsOf({ memoryMib, cpuCount }: LaunchPlan): CgroupLimits {
  return {
    'memory.max': `${(memoryMib + overheadMib) * bytesPerMib}`,
    'pids.max': `${cpuCount + otherThreads}`,
    // The thread that serves the devices has a processor of its own beside those of the guest.
    'cpu.max': `${(cpuCount + 1) * periodUs} ${periodUs}`,
  };
}
