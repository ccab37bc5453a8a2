/** One line of the bench: what banger takes, what the bare thing takes in the same run, and how they compare. */
export interface Row {
  readonly name: string;
  readonly unit: 'ms' | 'us' | 'bytes' | 'Gbit/s' | '1/s';
  readonly value: number;
  readonly baseline: number;
  readonly ratio: number;
}

/** Medians, because machines are shared: a single run says more about the neighbours. */
export function row(name: string, unit: Row['unit'], values: readonly number[], baselines: readonly number[]): Row {
  const [value, baseline] = [median(values), median(baselines)];
  return { name, unit, value, baseline, ratio: value / baseline };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs the two in turn, so that both meet the same neighbours; the first round warms up and does not count. */
export async function alternate(rounds: number, ours: () => Promise<number>, bare: () => Promise<number>) {
  const values: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const [value, baseline] = [await ours(), await bare()];
    if (round === 0) continue;
    values.push(value);
    baselines.push(baseline);
  }
  return { values, baselines };
}

export function renderTable(rows: readonly Row[]): string {
  const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
  const cells = [
    ['WHAT', 'UNIT', 'BANGER', 'BARE', 'RATIO'],
    ...rows.map((r) => [r.name, r.unit, number(r.value), number(r.baseline), r.ratio.toFixed(2)]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const render = (line: string[]) =>
    line.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)));
  return cells.map((line) => render(line).join('  ')).join('\n');
}
