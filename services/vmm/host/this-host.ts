import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import type { Host } from '../app/ports.js';
import { checkTools, toolsFor } from './tools.js';

/** The machine we are on. */
export function thisHost(qemuProgram: string): Host {
  return {
    memoryMib: Math.floor(totalmem() / 1024 / 1024),
    now: () => Date.now(),
    newUid: () => randomBytes(8).toString('hex'),
    newMachineId: () => randomBytes(16).toString('hex'),
    checkTools: (what) => checkTools(what, toolsFor(qemuProgram)),
  };
}
