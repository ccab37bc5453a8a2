import { toBangerError } from '../../lib/errors.js';
import type { Severity } from '../../lib/finding.js';
import type { Context } from '../context.js';

/** What was tried, and what came of it. */
export interface Proof {
  /** What is proven when it holds, such as "out through the uplink". */
  readonly what: string;
  readonly severity: Severity;
  /** What was seen, without a full stop. */
  readonly seen: string;
  /** What to do; empty when it holds. */
  readonly remedy: string;
}

export type Seen = Pick<Proof, 'severity' | 'seen' | 'remedy'>;

/** It holds; `seen` is the evidence. */
export function holds(seen: string): Seen {
  return { severity: 'ok', seen, remedy: '' };
}

export function fails(seen: string, remedy: string): Seen {
  return { severity: 'error', seen, remedy };
}

/** Tries things one after another; one that fails does not keep the others from being tried. */
export class Proofs {
  readonly all: Proof[] = [];

  constructor(private readonly ctx: Context) {}

  async prove(what: string, look: () => Promise<Seen>): Promise<void> {
    this.ctx.signal.throwIfAborted();
    this.ctx.progress.show(`proving: ${what}`);
    this.all.push({ what, ...(await look().catch((error: unknown) => this.#brokenOff(error))) });
  }

  #brokenOff(error: unknown): Seen {
    if (this.ctx.signal.aborted) throw error;
    return fails(toBangerError(error).message, 'look at `banger doctor`');
  }
}
