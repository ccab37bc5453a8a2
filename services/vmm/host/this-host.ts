import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import type { CheckHost } from '../../../lib/finding.js';
import type { Host } from '../app/ports.js';

/** The machine we are on. */
export function thisHost(check: CheckHost): Host {
  return {
    memoryMib: Math.floor(totalmem() / 1024 / 1024),
    now: () => Date.now(),
    newUid: () => randomBytes(8).toString('hex'),
    newMachineId: () => randomBytes(16).toString('hex'),
    check,
  };
}
