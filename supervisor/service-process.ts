import { once } from 'node:events';
import { open } from '../lib/host/files.js';
import { holdLifeline, type LifelineHolder, lifelineEnvironment } from '../lib/host/lifeline.js';
import { lastWords, readLogTail } from '../lib/host/log-tail.js';
import { endProcess, identify, type ProcessIdentity } from '../lib/host/process.js';
import { spawnChild } from '../lib/host/spawn.js';
import type { ServiceName } from '../lib/paths.js';
import { exitConfig } from '../lib/service.js';

/** What the supervisor knows of a service before it runs. */
export interface ServiceSpec {
  readonly name: ServiceName;
  readonly argv: readonly string[];
  /** A program that gives it its rights and becomes it, with arguments; none unless given. */
  readonly launcher?: readonly string[];
  /** Called as the process may go on, when no other serves any more: makes its place. */
  readonly place?: () => void;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly socketPath: string;
  readonly logPath: string;
}

/** How a process ended. */
export interface ProcessEnd {
  /** For people: how, and why as far as its log tells. */
  readonly description: string;
  /** Whether its configuration is wrong, so that another start ends the same way. */
  readonly badConfig: boolean;
}

/** One run of a service. It makes ready what it can beside another one, and waits until it is told to proceed. */
export interface ServiceProcess extends LifelineHolder {
  readonly identity: ProcessIdentity;
  readonly startTime: Date;
  /** Resolves when it has ended, however that came; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it is gone. Only the process itself: what it detached goes on. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a service in a process group of its own, to stand by; its output is appended to its log. Rejects when it cannot be
 * started.
 */
export async function startProcess(spec: ServiceSpec): Promise<ServiceProcess> {
  const log = await open(spec.logPath, 'a', 0o640);
  try {
    const { size: logStart } = await log.stat();
    const child = spawnChild([...(spec.launcher ?? []), ...spec.argv], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
      env: { ...spec.env, ...lifelineEnvironment },
    });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    await once(child, 'spawn');
    const lifeline = placing(holdLifeline(child), spec.place);
    const { pid = 0 } = child;
    // A process that has ended already is still ours by its pid: it stays a zombie until its exit is read.
    const identity = identify(pid) ?? { pid, startTime: 0 };
    const ended = exit.then(([code, signal]) => describeEnd(code, signal, spec.logPath, logStart));
    return { ...lifeline, identity, startTime: new Date(), ended, stop: (graceMs) => endProcess(identity, graceMs) };
  } finally {
    await log.close();
  }
}

function placing(lifeline: LifelineHolder, place: (() => void) | undefined): LifelineHolder {
  const proceed = () => {
    place?.();
    lifeline.proceed();
  };
  return { ...lifeline, proceed };
}

async function describeEnd(code: number | null, signal: string | null, logPath: string, logStart: number) {
  const words = await readLogTail(logPath, logStart).then(lastWords, () => undefined);
  const badConfig = code === exitConfig;
  const how = badConfig ? 'wrong configuration' : code === null ? `ended by ${signal}` : `exit code ${code}`;
  return { description: words === undefined ? how : `${how}: ${words}`, badConfig };
}
