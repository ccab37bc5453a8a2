/** How a figure moves from cycle to cycle. */
export interface Slope {
  /** Per cycle. */
  readonly perCycle: number;
  /** The standard error of `perCycle`; 0 when all lie on one line, infinite for fewer than three figures. */
  readonly error: number;
}

/** The least-squares line through one figure per cycle. */
export function slopeOf(figures: readonly number[]): Slope {
  const n = figures.length;
  if (n < 2) return { perCycle: 0, error: Number.POSITIVE_INFINITY };
  const meanX = (n - 1) / 2;
  const meanY = figures.reduce((sum, y) => sum + y, 0) / n;
  let xx = 0;
  let xy = 0;
  for (const [x, y] of figures.entries()) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const perCycle = xy / xx;
  if (n < 3) return { perCycle, error: Number.POSITIVE_INFINITY };
  const residues = figures.reduce((sum, y, x) => sum + (y - meanY - perCycle * (x - meanX)) ** 2, 0);
  return { perCycle, error: Math.sqrt(residues / (n - 2) / xx) };
}

/** Whether a figure grows for certain: by more than three times what chance makes of it. */
export function grows({ perCycle, error }: Slope): boolean {
  return perCycle > 3 * error && perCycle > 0;
}
