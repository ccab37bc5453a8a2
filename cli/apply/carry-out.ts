import { BangerError, isBangerError, toBangerError } from '../../lib/errors.js';
import { interrupted, isInterrupted, reasons } from '../errors.js';
import type { Step } from './steps.js';

/** How something that was done is put back. */
export interface Undo {
  /** What is put back, for people: completes "cannot be put back: …". */
  readonly what: string;
  run(): Promise<void>;
}

/**
 * Does one step, until the signal aborts. Hands out how to undo it as soon as anything of it may have happened, and fails
 * when it was not done whole.
 */
export type Perform = (step: Step, undoable: (undo: Undo) => void, signal: AbortSignal) => Promise<void>;

export interface Run {
  /** Completes "cannot …", such as "apply banger.toml". */
  readonly what: string;
  readonly stages: readonly (readonly Step[])[];
  readonly perform: Perform;
  readonly signal: AbortSignal;
  /** Told before anything is put back. */
  onRollback(): void;
}

/** All or nothing: when a step fails, or the signal aborts, what was done is put back, the last first; then it fails. */
export async function carryOut({ what, stages, perform, signal, onRollback }: Run): Promise<void> {
  const undos: Undo[] = [];
  for (const steps of stages) {
    const failures = await atOnce(steps, (step, ends) => perform(step, (undo) => undos.push(undo), ends), signal);
    if (failures.length === 0 && !signal.aborted) continue;
    onRollback();
    throw failed(what, signal.aborted, failures, await putBack(undos));
  }
}

/** The first failure ends the waiting of the others: what they have begun is put back all the same. */
async function atOnce(
  steps: readonly Step[],
  one: (step: Step, ends: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<unknown[]> {
  const failure = new AbortController();
  const ends = AbortSignal.any([signal, failure.signal]);
  const failures: unknown[] = [];
  const attempts = steps.map(async (step) => {
    try {
      await one(step, ends);
    } catch (error) {
      // What ended only because another failed has nothing to say.
      if (!ends.aborted) failures.push(error);
      failure.abort(interrupted('another step failed'));
    }
  });
  await Promise.all(attempts);
  return failures;
}

/** Returns what could not be put back, and why. */
async function putBack(undos: readonly Undo[]): Promise<string[]> {
  const remains: string[] = [];
  for (const { what, run } of [...undos].reverse()) {
    try {
      await run();
    } catch (error) {
      remains.push(`${what}: ${toBangerError(error).message}`);
    }
  }
  return remains;
}

function failed(what: string, aborted: boolean, failures: readonly unknown[], remains: readonly string[]): BangerError {
  const state =
    remains.length === 0
      ? 'everything is as it was before'
      : `this could not be put back, and is left to you:\n${remains.map((remain) => `  ${remain}`).join('\n')}`;
  const first = failures.find((error) => !isInterrupted(error));
  if (aborted || first === undefined) return interrupted(`it was interrupted as it was to ${what}; ${state}`);
  const error = toBangerError(first);
  const metadata = { ...error.metadata, failed: error.reason, remains: remains.join('; ') };
  const { kind, fields, preconditions } = error;
  const options = { metadata, preconditions, fields: isBangerError(first) ? fields : [], cause: first };
  return new BangerError(kind, reasons.APPLY_ROLLED_BACK, `cannot ${what}: ${error.message}; ${state}`, options);
}
