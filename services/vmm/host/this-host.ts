import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import type { CheckHost } from '../../../lib/finding.js';
import { readFileSync } from '../../../lib/host/files.js';
import type { Host } from '../app/ports.js';

/** Where the kernel tells of its boot: proc_pid(5) and random(4). */
const kernel = { bootId: '/proc/sys/kernel/random/boot_id', uptime: '/proc/uptime' } as const;

const read = (path: string) => readFileSync(path, 'utf8').trim();

/** The machine we are on. */
export function thisHost(check: CheckHost): Host {
  return {
    memoryMib: Math.floor(totalmem() / 1024 / 1024),
    now: () => Date.now(),
    boot: () => ({
      bootId: read(kernel.bootId),
      uptimeMs: Math.round(Number(read(kernel.uptime).split(' ')[0]) * 1000),
    }),
    newUid: () => randomBytes(8).toString('hex'),
    newMachineId: () => randomBytes(16).toString('hex'),
    check,
  };
}
