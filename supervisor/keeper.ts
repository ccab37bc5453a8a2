import { EventEmitter } from 'node:events';
import { ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { delay, pollUntil } from '../lib/clock.js';
import { toBangerError } from '../lib/errors.js';
import type { Happenings } from '../lib/events/happenings.js';
import type { Log } from '../lib/log.js';
import type { HealthProbe } from '../lib/rpc/health.js';
import { backoffDelay } from './backoff.js';
import type { SupervisorConfig } from './config.js';
import { serviceNotHealthy, supervisorStopping } from './errors.js';
import type { ProcessEnd, ServiceProcess, ServiceSpec } from './service-process.js';

/**
 * Keeps one service up.
 *
 *                  start                     says SERVING
 *     STOPPED ───────────────▶ STARTING ─────────────────────▶ HEALTHY
 *                                 ▲  │ ended, or not               │ ended, or three
 *                                 │  │ healthy in time             │ misses in a row
 *                          pause  │  ▼                             │
 *                                BACKOFF ◀─────────────────────────┘
 *
 * A restart on request goes from any of them through STOPPED to STARTING without a pause. One loop, `#keep`, moves the
 * state; everyone else ends its current turn and waits for what it does next.
 *
 * Beside the process that serves there may be one that stands by: its program is loaded and has found its configuration and
 * its databases in order. So the time without a service is short, and one that cannot start takes the place of none.
 */

/** How often a service may fail to answer before it is ended. */
const maxMisses = 3;
const healthDeadlineMs = 5_000;
/** A program of before this one does not say that it serves: after so long it is asked. */
const silenceMs = 2_000;

export interface KeeperPorts {
  launch(spec: ServiceSpec): Promise<ServiceProcess>;
  probe(spec: ServiceSpec): HealthProbe;
  /** Called with each new process, before it is asked anything; does not reject. */
  onLaunch(spec: ServiceSpec, process: ServiceProcess): Promise<void>;
  readonly events: Pick<Happenings, 'tell'>;
  readonly log: Log;
}

export class ServiceKeeper {
  #state = ServiceState.STOPPED;
  #process: ServiceProcess | undefined;
  /** The next process, which stands by. */
  #next: Promise<ServiceProcess> | undefined;
  /** When the service went away, by performance.now(); undefined when it never was there, or is. */
  #awaySince: number | undefined;
  #gapMs = 0;
  #servingSince: Date | undefined;
  #launches = 0;
  #failures = 0;
  #lastExit = '';
  #stopping = false;
  /** Aborts when the current process, or the pause before the next, shall end. */
  #turn = new AbortController();
  #loop: Promise<void> | undefined;
  readonly #states = new EventEmitter<{ settled: [ServiceState] }>().setMaxListeners(0);

  constructor(
    readonly spec: ServiceSpec,
    private readonly config: SupervisorConfig,
    private readonly ports: KeeperPorts,
  ) {}

  /** Begins to keep the service up; `awaySince`, by performance.now(), is when it went away under another supervisor. */
  start(awaySince?: number): void {
    if (this.#loop !== undefined) return;
    this.#awaySince = awaySince;
    this.#stopping = false;
    this.#loop = this.#keep();
  }

  /** Launches the next process; resolves when it stands by. Rejects with SERVICE_NOT_HEALTHY when it cannot. */
  async prepare(): Promise<void> {
    const next = await this.#launched().catch((error) => {
      throw serviceNotHealthy(this.spec.name, launchFailed(error).description);
    });
    const isReady = await atMost(next.reached('ready'), this.config.start_timeout_ms);
    if (isReady) return;
    if (isReady === undefined) await next.stop(this.config.stop_grace_ms);
    this.#next = undefined;
    const { description } = await next.ended;
    throw serviceNotHealthy(this.spec.name, isReady === undefined ? 'it did not get ready in time' : description);
  }

  /** Launches the next process, so that it loads while others start; what comes of it is seen when it is needed. */
  warmUp(): void {
    if (this.#loop !== undefined) return;
    this.#launched().catch(() => undefined);
  }

  #launched(): Promise<ServiceProcess> {
    if (this.#next === undefined) {
      const next = this.#launch();
      next.catch(() => {
        this.#next = undefined;
      });
      this.#next = next;
    }
    return this.#next;
  }

  async #launch(): Promise<ServiceProcess> {
    const launched = await this.ports.launch(this.spec);
    await this.ports.onLaunch(this.spec, launched);
    return launched;
  }

  /** Resolves at the next time that the service is healthy or has failed; at once when it is neither starting. */
  async settled(): Promise<void> {
    if (this.#state === ServiceState.STARTING) await this.#nextSettled();
  }

  /**
   * Replaces the process, or starts one. Rejects with SERVICE_NOT_HEALTHY when that one fails; one that cannot even stand by
   * leaves the one that serves.
   */
  async restart(): Promise<void> {
    if (this.#process !== undefined && !this.#stopping) await this.prepare();
    if (this.#stopping || this.#loop === undefined) throw supervisorStopping();
    const next = this.#nextSettled();
    this.#turn.abort();
    const state = await next;
    if (this.#stopping) throw supervisorStopping();
    if (state !== ServiceState.HEALTHY) throw serviceNotHealthy(this.spec.name, this.#lastExit);
  }

  /** Ends the process, until the next `start`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#turn.abort();
    await this.#loop;
    this.#loop = undefined;
    const next = this.#next;
    this.#next = undefined;
    await next?.then((standing) => standing.stop(this.config.stop_grace_ms)).catch(() => undefined);
  }

  status() {
    return {
      name: this.spec.name,
      state: this.#state,
      pid: this.#process?.identity.pid ?? 0,
      startTime: this.#process?.startTime,
      restartCount: Math.max(0, this.#launches - 1),
      socketPath: this.spec.socketPath,
      logPath: this.spec.logPath,
      lastExit: this.#lastExit,
      gapMs: this.#gapMs,
      servingSince: this.#state === ServiceState.HEALTHY ? this.#servingSince : undefined,
    };
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      this.#turn = new AbortController();
      this.#enter(ServiceState.STARTING);
      const end = await this.#runOnce().catch(launchFailed);
      this.#process = undefined;
      this.#awaySince ??= performance.now();
      this.#lastExit = end.description;
      if (!this.#turn.signal.aborted) await this.#pause(end);
    }
    this.#enter(ServiceState.STOPPED);
    this.#states.emit('settled', this.#state);
  }

  /** One process from its start to its end. */
  async #runOnce(): Promise<ProcessEnd> {
    this.#launches++;
    const process = await this.#launched().finally(() => {
      this.#next = undefined;
    });
    this.#process = process;
    process.proceed();
    const ended = new AbortController();
    process.ended.then(() => ended.abort());
    const over = AbortSignal.any([ended.signal, this.#turn.signal]);
    const healthySince = { ms: Number.POSITIVE_INFINITY };
    const unwell = await this.#attend(process, over, healthySince);
    if (performance.now() - healthySince.ms >= this.config.backoff_reset_ms) this.#failures = 0;
    if (ended.signal.aborted) return process.ended;
    if (unwell === undefined) this.#enter(ServiceState.STOPPED);
    this.#awaySince = performance.now();
    await process.stop(this.config.stop_grace_ms);
    await process.ended;
    return { description: unwell ?? 'stopped on request', badConfig: false };
  }

  /** Asks the service how it is until it is over (undefined), or it is unwell: then returns what is wrong. */
  async #attend(process: ServiceProcess, over: AbortSignal, healthySince: { ms: number }): Promise<string | undefined> {
    await atMost(process.reached('serving'), silenceMs, over);
    const probe = this.ports.probe(this.spec);
    try {
      if (!(await this.#becomesHealthy(probe, over))) {
        return `ended, for it was not healthy after ${this.config.start_timeout_ms / 1000} s`;
      }
      healthySince.ms = performance.now();
      this.#enter(ServiceState.HEALTHY);
      for (let misses = 0; misses < maxMisses; ) {
        await delay(this.config.health_interval_ms, over);
        const healthy = await probe.check({ deadlineMs: healthDeadlineMs, signal: over });
        misses = healthy ? 0 : misses + 1;
      }
      return `ended, for it did not answer ${maxMisses} health checks in a row`;
    } catch (error) {
      return over.aborted ? undefined : `ended, for its health could not be asked: ${toBangerError(error).message}`;
    } finally {
      probe.close();
    }
  }

  async #becomesHealthy(probe: HealthProbe, signal: AbortSignal): Promise<boolean> {
    const deadlineMs = Math.min(healthDeadlineMs, this.config.start_timeout_ms);
    const what = `${this.spec.name} is healthy`;
    const options = { what, timeoutMs: this.config.start_timeout_ms, signal };
    return pollUntil(() => probe.check({ deadlineMs, signal }), options).catch((error) => {
      if (signal.aborted) throw error;
      return false;
    });
  }

  async #pause(end: ProcessEnd): Promise<void> {
    this.#failures++;
    const { backoff_initial_ms: initialMs, backoff_max_ms: maxMs } = this.config;
    // A wrong configuration does not mend itself in a moment: look again at the slowest pace.
    const failures = end.badConfig ? Number.MAX_SAFE_INTEGER : this.#failures;
    const ms = backoffDelay(failures, { initialMs, maxMs }, Math.random);
    this.ports.log.warn(
      { name: this.spec.name, exit: end.description, ms },
      'service ended; starting it again after ms',
    );
    const seconds = (ms / 1000).toFixed(1);
    this.ports.events.tell({
      type: 'service',
      action: 'ended',
      object: this.spec.name,
      message: `${end.description}; it is started again in ${seconds} s`,
    });
    this.#enter(ServiceState.BACKOFF);
    await delay(ms, this.#turn.signal).catch(() => undefined);
  }

  #enter(state: ServiceState): void {
    this.#state = state;
    if (state === ServiceState.HEALTHY) {
      const message = `process ${this.#process?.identity.pid ?? 0} says that it is serving`;
      this.ports.events.tell({ type: 'service', action: 'healthy', object: this.spec.name, message });
      this.ports.log.info({ name: this.spec.name }, 'service is healthy');
      if (this.#awaySince !== undefined) this.#gapMs = Math.round(performance.now() - this.#awaySince);
      this.#awaySince = undefined;
      this.#servingSince = new Date();
    }
    if (state === ServiceState.HEALTHY || state === ServiceState.BACKOFF) this.#states.emit('settled', state);
  }

  #nextSettled(): Promise<ServiceState> {
    return new Promise((resolve) => this.#states.once('settled', resolve));
  }
}

/** What comes of `work`; undefined when it takes longer than `ms`, or the signal aborts first. */
async function atMost<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | undefined> {
  const done = new AbortController();
  const over = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
  const result = await Promise.race([work, delay(ms, over).catch(() => undefined)]);
  done.abort();
  return result ?? undefined;
}

function launchFailed(error: Error): ProcessEnd {
  return { description: `could not be started: ${error.message}`, badConfig: false };
}
