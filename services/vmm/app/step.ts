import { delay } from '../../../lib/clock.js';
import { type BangerError, commonReasons, isBangerError } from '../../../lib/errors.js';
import type { Log } from '../../../lib/log.js';
import { counted } from '../../../lib/metrics/moments.js';

/** A piece of work on the host that can be repeated and taken back. */
export interface Step {
  readonly name: string;
  /** Looks before `run`: a step that is done is neither run nor undone. */
  isDone?(): Promise<boolean>;
  run(signal: AbortSignal): Promise<void>;
  /** Takes back what `run` did, wholly or in part. Also called when `run` itself failed. */
  undo?(): Promise<void>;
}

export interface StepOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** How long to wait for a peer that is away. */
  readonly peerMs: number;
  readonly onStep: (name: string) => void;
  /** A peer is away; the step is tried again. */
  readonly onWait: (error: BangerError) => void;
}

/**
 * Runs steps in order. When one fails, those that ran are undone, the last first, and the failure is thrown. An abort
 * undoes nothing: whoever interrupts decides what becomes of the things made so far, and all are found again by uid.
 */
export async function runSteps(steps: readonly Step[], options: StepOptions): Promise<void> {
  const begun: Step[] = [];
  for (const step of steps) {
    options.signal.throwIfAborted();
    options.onStep(step.name);
    try {
      if (await step.isDone?.()) continue;
      begun.push(step);
      await timed(step, options);
    } catch (error) {
      if (!options.signal.aborted) await undo(begun, options.log);
      throw error;
    }
  }
}

async function timed(step: Step, options: StepOptions): Promise<void> {
  const start = performance.now();
  await patiently(() => step.run(options.signal), options);
  const ms = performance.now() - start;
  counted('banger_step_duration_seconds', { step: step.name }, ms / 1000);
  options.log.debug({ step: step.name, ms: Math.round(ms) }, 'step done');
}

async function undo(begun: readonly Step[], log: Log): Promise<void> {
  for (const step of begun.toReversed()) {
    await step.undo?.().catch((error) => log.error({ step: step.name, err: error }, 'could not undo a step'));
  }
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** Repeats a call while a peer is away: its restart is a delay, not a failure. */
export async function patiently<T>(call: () => Promise<T>, options: Omit<StepOptions, 'onStep'>): Promise<T> {
  const end = performance.now() + options.peerMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await call();
    } catch (error) {
      if (!isPeerAway(error) || options.signal.aborted || performance.now() >= end) throw error;
      options.onWait(error);
      options.log.warn({ reason: error.reason }, error.message);
      await delay(pauseMs, options.signal);
    }
  }
}

const awayReasons: readonly string[] = [
  commonReasons.SERVICE_UNREACHABLE,
  commonReasons.SHUTTING_DOWN,
  commonReasons.DEADLINE_EXCEEDED,
];

function isPeerAway(error: unknown): error is BangerError {
  return isBangerError(error) && awayReasons.includes(error.reason);
}
