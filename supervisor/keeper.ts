import { EventEmitter } from 'node:events';
import { ServiceState } from '../gen/banger/supervisor/v1/supervisor_service.js';
import { delay, pollUntil } from '../lib/clock.js';
import { toBangerError } from '../lib/errors.js';
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
 */

/** How often a service may fail to answer before it is ended. */
const maxMisses = 3;
const healthDeadlineMs = 5_000;

export interface KeeperPorts {
  launch(spec: ServiceSpec): Promise<ServiceProcess>;
  probe(spec: ServiceSpec): HealthProbe;
  /** Called with each new process, before it is asked anything; does not reject. */
  onLaunch(spec: ServiceSpec, process: ServiceProcess): Promise<void>;
  readonly log: Log;
}

export class ServiceKeeper {
  #state = ServiceState.STOPPED;
  #process: ServiceProcess | undefined;
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

  /** Begins to keep the service up. */
  start(): void {
    this.#loop ??= this.#keep();
  }

  /** Resolves at the next time that the service is healthy or has failed; at once when it is neither starting. */
  async settled(): Promise<void> {
    if (this.#state === ServiceState.STARTING) await this.#nextSettled();
  }

  /** Ends the process, if one runs, and starts another. Rejects with SERVICE_NOT_HEALTHY when that one fails. */
  async restart(): Promise<void> {
    if (this.#stopping || this.#loop === undefined) throw supervisorStopping();
    const next = this.#nextSettled();
    this.#turn.abort();
    const state = await next;
    if (this.#stopping) throw supervisorStopping();
    if (state !== ServiceState.HEALTHY) throw serviceNotHealthy(this.spec.name, this.#lastExit);
  }

  /** Ends the process for good. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#turn.abort();
    await this.#loop;
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
    };
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      this.#turn = new AbortController();
      this.#enter(ServiceState.STARTING);
      const end = await this.#runOnce().catch(launchFailed);
      this.#process = undefined;
      this.#lastExit = end.description;
      if (!this.#turn.signal.aborted) await this.#pause(end);
    }
    this.#enter(ServiceState.STOPPED);
    this.#states.emit('settled', this.#state);
  }

  /** One process from its start to its end. */
  async #runOnce(): Promise<ProcessEnd> {
    this.#launches++;
    const process = await this.ports.launch(this.spec);
    this.#process = process;
    await this.ports.onLaunch(this.spec, process);
    const ended = new AbortController();
    process.ended.then(() => ended.abort());
    const over = AbortSignal.any([ended.signal, this.#turn.signal]);
    const healthySince = { ms: Number.POSITIVE_INFINITY };
    const unwell = await this.#attend(over, healthySince);
    if (performance.now() - healthySince.ms >= this.config.backoff_reset_ms) this.#failures = 0;
    if (ended.signal.aborted) return process.ended;
    if (unwell === undefined) this.#enter(ServiceState.STOPPED);
    await process.stop(this.config.stop_grace_ms);
    await process.ended;
    return { description: unwell ?? 'stopped on request', badConfig: false };
  }

  /** Asks the service how it is until it is over (undefined), or it is unwell: then returns what is wrong. */
  async #attend(over: AbortSignal, healthySince: { ms: number }): Promise<string | undefined> {
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
    this.#enter(ServiceState.BACKOFF);
    await delay(ms, this.#turn.signal).catch(() => undefined);
  }

  #enter(state: ServiceState): void {
    this.#state = state;
    if (state === ServiceState.HEALTHY) this.ports.log.info({ name: this.spec.name }, 'service is healthy');
    if (state === ServiceState.HEALTHY || state === ServiceState.BACKOFF) this.#states.emit('settled', state);
  }

  #nextSettled(): Promise<ServiceState> {
    return new Promise((resolve) => this.#states.once('settled', resolve));
  }
}

function launchFailed(error: Error): ProcessEnd {
  return { description: `could not be started: ${error.message}`, badConfig: false };
}
