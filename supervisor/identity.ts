import { fileURLToPath } from 'node:url';
import { buildId, version } from '../lib/build.js';
import { type DaemonFile, startedByVariable } from '../lib/daemon-file.js';
import { identify } from '../lib/host/process.js';

/** Who this supervisor is. */
export function ownIdentity(env: NodeJS.ProcessEnv): DaemonFile {
  const { pid } = process;
  const startTime = identify(pid)?.startTime ?? 0;
  const program = fileURLToPath(import.meta.url);
  return { pid, startTime, buildId, version, program, startedBy: startedBy(env, pid) };
}

function startedBy(env: NodeJS.ProcessEnv, pid: number): DaemonFile['startedBy'] {
  if (env[startedByVariable] === 'cli') return 'cli';
  // The main process of a unit, and no program that it starts: systemd.exec(5).
  return env.SYSTEMD_EXEC_PID === String(pid) ? 'systemd' : 'other';
}
