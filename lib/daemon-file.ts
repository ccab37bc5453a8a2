import { join } from 'node:path';
import { readFileSync } from './host/files.js';
import { isAlive } from './host/process.js';
import type { Paths } from './paths.js';

/**
 * What runs as the daemon, in a file beside its sockets: a command that reads it needs no connection to know whether the
 * daemon is from another build than itself.
 */
export interface DaemonFile {
  readonly pid: number;
  /** Clock ticks after boot: a pid alone is not an identity. */
  readonly startTime: number;
  readonly buildId: string;
  readonly version: string;
  /** The supervisor's program, an absolute path. */
  readonly program: string;
  /** Who is to start it again. */
  readonly startedBy: 'cli' | 'systemd' | 'other';
}

/** Set by the CLI for the daemon that it starts. */
export const startedByVariable = 'BANGER_STARTED_BY';

export function daemonFilePath({ runDir }: Paths): string {
  return join(runDir, 'daemon.json');
}

/** The daemon that runs, or undefined when none does, or it cannot be told. Takes microseconds. */
export function readDaemonFile(paths: Paths): DaemonFile | undefined {
  try {
    const file = JSON.parse(readFileSync(daemonFilePath(paths), 'utf8')) as DaemonFile;
    return isAlive(file) ? file : undefined;
  } catch {
    // Not there, not ours to read, or damaged: there is still the socket to ask.
    return undefined;
  }
}
