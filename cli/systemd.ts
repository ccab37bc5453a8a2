import { BangerError } from '../lib/errors.js';
import { runCommand } from '../lib/host/command.js';
import { pathExists } from '../lib/host/files.js';
import { type Paths, resolvePaths } from '../lib/paths.js';
import { reasons } from './errors.js';

/** The unit that an installation has for its daemon: where it is there, systemd starts the daemon, and nobody else. */
const unit = 'banger.service';
/** Starting it is starting a process; loading units may take a moment on a machine that is just booting. */
const startMs = 30_000;
/** TimeoutStopSec= of the unit comes before that. */
const restartMs = 120_000;
const anyAnswer = [0, 1, 3, 4];

/**
 * Whether systemd is to start the daemon that `program`, an absolute path, is. Only one with the system's own places: the
 * unit knows no others. `booted` is there when systemd runs the system: sd_booted(3).
 */
export async function hasUnit(program: string, paths: Paths, booted = '/run/systemd/system'): Promise<boolean> {
  const system = resolvePaths({}, 0);
  const inPlace = (Object.keys(system) as (keyof Paths)[]).every((key) => paths[key] === system[key]);
  if (!inPlace || !(await pathExists(booted))) return false;
  const { stdout } = await runCommand(['systemctl', 'show', '--property=ExecStart', unit], { okExitCodes: anyAnswer });
  return stdout.includes(` path=${program} ;`);
}

/** Returns when its process is there; it goes on starting. */
export async function startUnit(signal: AbortSignal): Promise<void> {
  await runCommand(['systemctl', 'start', unit], { signal, timeoutMs: startMs }).catch((error) => {
    throw signal.aborted ? error : notStarted(error);
  });
}

/** The process that the unit's daemon is; 0 when it runs none. */
export async function mainPid(): Promise<number> {
  const argv = ['systemctl', 'show', '--property=MainPID', '--value', unit];
  return Number((await runCommand(argv, { okExitCodes: anyAnswer })).stdout.trim());
}

/** Ends its daemon and starts another; returns when that one's process is there. */
export async function restartUnit(signal: AbortSignal): Promise<void> {
  await runCommand(['systemctl', 'restart', unit], { signal, timeoutMs: restartMs }).catch((error) => {
    throw signal.aborted ? error : notStarted(error);
  });
}

/** Throws when systemd has given up. */
export async function checkUnit(): Promise<void> {
  const { stdout } = await runCommand(['systemctl', 'is-active', unit], { okExitCodes: anyAnswer });
  const state = stdout.trim();
  if (state === 'failed' || state === 'inactive') throw notStarted();
}

function notStarted(cause?: unknown): BangerError {
  const message = `cannot start the daemon: its unit ${unit} did not start; see \`journalctl -u ${unit}\``;
  return new BangerError('wrong-state', reasons.DAEMON_NOT_STARTED, message, { metadata: { unit }, cause });
}
