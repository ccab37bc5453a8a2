import { type MetricName, type MetricSpec, metricsOf, type Program, specOf } from './catalogue.js';

/** Values of a metric's labels, by their names. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a counter or a gauge, as it is when it is asked for. */
export interface Sample {
  readonly name: MetricName;
  readonly labels?: Labels;
  readonly value: number;
}

/** Tells what is only looked up when somebody asks; it takes no longer than a look at what is in memory or a database. */
export type Collect = () => readonly Sample[] | Promise<readonly Sample[]>;

/** Upper bounds in seconds: from a call that reads to a build of an image. */
const bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300] as const;

interface Series {
  readonly labels: Labels;
  value: number;
}

interface Histogram {
  readonly labels: Labels;
  /** Of each bound, without those of the bounds below. */
  readonly counts: number[];
  count: number;
  sum: number;
}

/** The metrics of one process: what is counted as it happens, and what collectors tell at a scrape. */
export class Metrics {
  readonly #series = new Map<MetricName, Map<string, Series>>();
  readonly #histograms = new Map<MetricName, Map<string, Histogram>>();
  readonly #collectors: Collect[] = [];

  constructor(private readonly program: Program) {}

  /** Adds to a counter, or to a gauge that is counted up and down. */
  add(name: MetricName, labels: Labels, by = 1): void {
    entryOf(this.#series, name, labels, () => ({ labels, value: 0 })).value += by;
  }

  /** Counts something that took so long. */
  observe(name: MetricName, labels: Labels, seconds: number): void {
    const empty = () => ({ labels, counts: bounds.map(() => 0), count: 0, sum: 0 });
    const histogram = entryOf(this.#histograms, name, labels, empty);
    const at = bounds.findIndex((bound) => seconds <= bound);
    if (at >= 0) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
    histogram.count += 1;
    histogram.sum += seconds;
  }

  collectFrom(collect: Collect): void {
    this.#collectors.push(collect);
  }

  /** Everything, in the text format of Prometheus, version 0.0.4. */
  async text(): Promise<string> {
    const collected = (await Promise.all(this.#collectors.map((collect) => collect()))).flat();
    return metricsOf(this.program)
      .map((name) => this.#family(name, collected))
      .join('');
  }

  #family(name: MetricName, collected: readonly Sample[]): string {
    const spec: MetricSpec = specOf(name);
    const head = `# HELP ${name} ${spec.help}.\n# TYPE ${name} ${spec.type}\n`;
    const histograms = [...(this.#histograms.get(name)?.values() ?? [])];
    const counted = [...(this.#series.get(name)?.values() ?? [])];
    const samples = [...counted, ...collected.filter((sample) => sample.name === name)];
    const lines = [
      ...histograms.flatMap((histogram) => linesOf(name, spec, histogram)),
      ...samples.map(({ labels = {}, value }) => line(name, spec.labels, labels, value)),
    ];
    return head + lines.join('');
  }
}

function entryOf<T>(families: Map<MetricName, Map<string, T>>, name: MetricName, labels: Labels, make: () => T): T {
  const family = families.get(name) ?? new Map<string, T>();
  families.set(name, family);
  const key = specOf(name)
    .labels.map((label) => labels[label])
    .join('\0');
  const entry = family.get(key) ?? make();
  family.set(key, entry);
  return entry;
}

function linesOf(name: string, spec: MetricSpec, { labels, counts, count, sum }: Histogram): string[] {
  let below = 0;
  const buckets = bounds.map((bound, at) => {
    below += counts[at] ?? 0;
    return line(`${name}_bucket`, [...spec.labels, 'le'], { ...labels, le: String(bound) }, below);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, [...spec.labels, 'le'], { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, spec.labels, labels, sum),
    line(`${name}_count`, spec.labels, labels, count),
  ];
}

function line(name: string, order: readonly string[], labels: Labels, value: number): string {
  const pairs = order.map((label) => `${label}="${escaped(labels[label] ?? '')}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}\n`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
