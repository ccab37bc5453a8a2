import { delay } from '../lib/clock.js';
import type { Log } from '../lib/log.js';
import type { SupervisorConfig } from './config.js';
import { serviceNotFound } from './errors.js';
import type { ServiceKeeper } from './keeper.js';
import type { Leftovers } from './leftovers.js';
import { rotateLog } from './log-rotation.js';

export interface SupervisorOptions {
  /** In the order of their start. */
  readonly keepers: readonly ServiceKeeper[];
  readonly leftovers: Pick<Leftovers, 'endAll' | 'forget'>;
  readonly config: SupervisorConfig;
  /** The supervisor's own log; bounded like those of the services. */
  readonly logPath: string;
  readonly log: Log;
}

/** All services: starts them in order, stops them in reverse, and bounds their logs. */
export class Supervisor {
  readonly #stopping = new AbortController();
  #starting: Promise<void> | undefined;

  constructor(private readonly options: SupervisorOptions) {}

  /**
   * Starts every service when the one before it is healthy, or has failed for the first time: a service that does not
   * come up keeps none of the others down. Resolves when the last has settled.
   */
  start(): Promise<void> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  /** Stops every service before those that it needs. What services detached, such as VMs, goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const keeper of this.options.keepers.toReversed()) await keeper.stop();
    await this.#starting;
    await this.options.leftovers.forget();
  }

  /** Starts one service before all others: it was given over by another supervisor at `awaySince`, by performance.now(). */
  async startOne(keeper: ServiceKeeper, awaySince: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    keeper.start(awaySince);
    await keeper.settled();
  }

  /** Starts services again that another supervisor was given and could not keep. */
  async takeBack(keepers: readonly ServiceKeeper[]): Promise<void> {
    const since = performance.now();
    await this.options.leftovers.endAll(this.options.config.stop_grace_ms);
    for (const keeper of keepers) await this.startOne(keeper, since);
  }

  keepers(): readonly ServiceKeeper[] {
    return this.options.keepers;
  }

  /** `what` completes "cannot …" in the error SERVICE_NOT_FOUND. */
  find(name: string, what: string): ServiceKeeper {
    const found = this.options.keepers.find((keeper) => keeper.spec.name === name);
    if (found === undefined) throw serviceNotFound(what, name);
    return found;
  }

  async #startAll(): Promise<void> {
    const { leftovers, config, keepers } = this.options;
    // Each loads its program meanwhile; it touches nothing before its turn.
    for (const keeper of keepers) keeper.warmUp();
    await leftovers.endAll(config.stop_grace_ms);
    for (const keeper of keepers) {
      if (this.#stopping.signal.aborted) return;
      keeper.start();
      await keeper.settled();
    }
  }

  /** Bounds the logs from time to time, until `stop`. */
  async tendLogs(): Promise<void> {
    const { keepers, logPath, config, log } = this.options;
    const paths = [logPath, ...keepers.map((keeper) => keeper.spec.logPath)];
    while (!this.#stopping.signal.aborted) {
      for (const path of paths) {
        await rotateLog(path, config.log_max_bytes).catch((err) => log.warn({ err, path }, 'cannot be rotated'));
      }
      await delay(config.health_interval_ms, this.#stopping.signal).catch(() => undefined);
    }
  }
}
