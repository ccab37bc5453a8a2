import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import { missingTools } from '../../../lib/host/preflight.js';
import type { Host } from '../app/ports.js';
import { commonTools } from './tools.js';

/** The machine we are on. */
export function thisHost(): Host {
  return {
    memoryMib: Math.floor(totalmem() / 1024 / 1024),
    now: () => Date.now(),
    newUid: () => randomBytes(8).toString('hex'),
    newMachineId: () => randomBytes(16).toString('hex'),
    missingTools: () => missingTools(commonTools),
  };
}
