/**
 * What Firecracker counts. Every line of its metrics file is a JSON object of groups of numbers; most are the increase
 * since the line before, some are values as they are at that moment: docs/metrics.md of Firecracker.
 */

/** Sums by group and name, such as "block_base" and "read_bytes". */
export type Metrics = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const noMetrics: Metrics = {};

/** Those that stand for themselves: times that were measured once, and the marks that a dying process leaves. */
const values = [
  /^api_server\.process_startup_time_(cpu_)?us$/,
  /^latencies_us\./,
  /^seccomp\.num_faults$/,
  /^vmm\.panic_count$/,
  // SIGPIPE is the one signal that it survives, and counts.
  /^signals\.(?!sigpipe$)/,
];

const isValue = (group: string, name: string) => values.some((pattern) => pattern.test(`${group}.${name}`));

/** Adds the lines of a metrics file. It may begin with the zeros of a hole; what is no JSON object counts nothing. */
export function addMetrics(total: Metrics, text: string): Metrics {
  const lines = text.replaceAll('\0', '').split('\n');
  return lines.map(parse).reduce<Metrics>(add, total);
}

function parse(line: string): Metrics {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Metrics) : {};
  } catch {
    // The first line after a hole may be cut, and so may the last of a process that was killed.
    return {};
  }
}

function add(total: Metrics, line: Metrics): Metrics {
  const sums: Record<string, Readonly<Record<string, number>>> = { ...total };
  for (const [group, counters] of Object.entries(line)) {
    // utc_timestamp_ms is no group.
    if (typeof counters === 'object' && counters !== null) sums[group] = addGroup(group, total[group] ?? {}, counters);
  }
  return sums;
}

function addGroup(
  group: string,
  total: Readonly<Record<string, number>>,
  line: Readonly<Record<string, unknown>>,
): Record<string, number> {
  const sums: Record<string, number> = { ...total };
  for (const [name, value] of Object.entries(line)) {
    // Objects in a group are the shortest, longest and summed time of something: nobody looks at them.
    if (typeof value !== 'number') continue;
    const before = sums[name] ?? 0;
    // A value of 0 says that it was not measured since.
    sums[name] = isValue(group, name) ? value || before : before + value;
  }
  return sums;
}
