import { BangerError, commonReasons } from '../../../lib/errors.js';
import { buildFailed } from '../domain/errors.js';
import type { StepProgress, Work } from './ports.js';

/** How far a build is. */
export interface BuildProgress extends StepProgress {
  readonly step: string;
  /** From 1. */
  readonly stepNumber: number;
  readonly stepCount: number;
}

export type Report = (progress: BuildProgress) => void;

/** Runs the named steps of a build one after the other, says how far they are, and names the one that failed. */
export class Steps<Name extends string> {
  constructor(
    /** What is built, such as "image debian". */
    private readonly what: string,
    private readonly names: readonly Name[],
    private readonly report: Report,
    private readonly signal: AbortSignal,
  ) {}

  async run<T>(step: Name, task: (work: Work) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const place = { step, stepNumber: this.names.indexOf(step) + 1, stepCount: this.names.length };
    const tell = (progress: StepProgress) => this.report({ ...place, ...progress });
    tell({});
    try {
      return await task({ tell, signal: this.signal });
    } catch (error) {
      throw this.#failure(step, error);
    }
  }

  #failure(step: string, error: unknown): unknown {
    if (this.signal.aborted) return this.signal.reason;
    if (!(error instanceof Error)) return error;
    if (!(error instanceof BangerError)) return isFileError(error) ? buildFailed(this.what, step, error, '') : error;
    if (error.reason !== commonReasons.COMMAND_FAILED) return error;
    return buildFailed(this.what, step, error, error.metadata.output ?? '');
  }
}

/** A failed system call, unlike a bug of ours, has a code such as ENOSPC. */
function isFileError(error: Error): boolean {
  return typeof (error as { code?: unknown }).code === 'string' && 'syscall' in error;
}
