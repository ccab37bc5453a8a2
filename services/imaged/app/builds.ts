import { counted } from '../../../lib/metrics/moments.js';
import type { BuildProgress, Report } from './steps.js';

/** What a build says to those who follow it; the result is the last event. */
export type BuildEvent<T> = { readonly progress: BuildProgress } | { readonly result: T };

export type StartBuild<T> = (report: Report, signal: AbortSignal) => Promise<T>;

/**
 * The builds that run. Callers who want the same build share it; builds of one name come one after the other. A build
 * ends early when the last who follows it has gone.
 */
export class Builds<T> {
  readonly #running = new Map<string, Build<T>>();
  readonly #lastOfName = new Map<string, Promise<unknown>>();

  /**
   * Joins the build of `name` in this `variant`, or starts it. Leaving, by the signal or by ending the iteration,
   * returns when the build goes on for others or has cleaned up after itself.
   */
  async *follow(
    name: string,
    variant: string,
    start: StartBuild<T>,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent<T>> {
    signal.throwIfAborted();
    const build = this.#join(name, variant, start);
    const follower = build.enter();
    const wake = () => follower.wake();
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const progress = follower.take();
        if (progress) yield { progress };
        else if (build.settled) break;
        else await follower.changed();
      }
      yield { result: await build.result };
    } finally {
      signal.removeEventListener('abort', wake);
      await build.leave(follower);
    }
  }

  #join(name: string, variant: string, start: StartBuild<T>): Build<T> {
    const key = `${name}\0${variant}`;
    const running = this.#running.get(key);
    if (running && !running.abandoned) return running;
    const previous = this.#lastOfName.get(name) ?? Promise.resolve();
    const build = new Build<T>(async (report, signal) => {
      await previous;
      signal.throwIfAborted();
      return start(report, signal);
    });
    this.#running.set(key, build);
    const forget = () => {
      if (this.#running.get(key) === build) this.#running.delete(key);
    };
    this.#lastOfName.set(name, build.result.then(forget, forget));
    return build;
  }
}

class Build<T> {
  readonly result: Promise<T>;
  settled = false;
  readonly #followers = new Set<Follower>();
  readonly #controller = new AbortController();
  #last: BuildProgress | undefined;

  constructor(start: StartBuild<T>) {
    this.result = start((progress) => this.#tell(progress), this.#controller.signal);
    const settle = () => {
      this.settled = true;
      for (const follower of this.#followers) follower.wake();
    };
    this.result.then(settle, settle);
    this.result.then(
      () => counted('banger_builds_total', { outcome: 'done' }),
      () => counted('banger_builds_total', { outcome: this.abandoned ? 'abandoned' : 'failed' }),
    );
  }

  get abandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  enter(): Follower {
    const follower = new Follower(this.#last);
    this.#followers.add(follower);
    return follower;
  }

  async leave(follower: Follower): Promise<void> {
    this.#followers.delete(follower);
    if (this.#followers.size > 0 || this.settled) return;
    this.#controller.abort(new Error('nobody waits for this build any more'));
    // It rejects with the reason above, or with what went wrong on the way out; nobody is left to be told.
    await this.result.catch(() => undefined);
  }

  #tell(progress: BuildProgress): void {
    this.#last = progress;
    for (const follower of this.#followers) follower.push(progress);
  }
}

/** Keeps the latest progress only: a slow reader sees less, but never falls behind. */
class Follower {
  #wake: (() => void) | undefined;

  constructor(private latest: BuildProgress | undefined) {}

  push(progress: BuildProgress): void {
    this.latest = progress;
    this.wake();
  }

  take(): BuildProgress | undefined {
    const taken = this.latest;
    this.latest = undefined;
    return taken;
  }

  wake(): void {
    this.#wake?.();
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
