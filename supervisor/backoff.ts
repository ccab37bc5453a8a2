export interface BackoffBounds {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The pause before the next start, in milliseconds, after `failures` (at least 1) ends in a row: it doubles up to the
 * bound. Half of it is random (`random` gives 0 to 1), so that services that fail together do not start together for ever.
 */
export function backoffDelay(failures: number, bounds: BackoffBounds, random: () => number): number {
  const full = Math.min(bounds.maxMs, bounds.initialMs * 2 ** (failures - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
