import { openOutput, writeOutput } from './journal.js';

type Counters = Record<string, number>;

/** Lines of counters since the line before. What devices count is made up, and grows with every line. */
export class Metrics {
  #fd: number | undefined;
  #counted: Record<string, Counters> = {};
  #latencies: Counters = {};
  #missed = 0;
  readonly #startedUs = process.uptime() * 1e6;

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Throws when the file cannot be opened. */
  open(path: string): void {
    this.#fd = openOutput(path);
  }

  count(group: string, counter: string, more = 1): void {
    const counters = this.#counted[group] ?? {};
    counters[counter] = (counters[counter] ?? 0) + more;
    this.#counted[group] = counters;
  }

  /** In microseconds; kept from line to line. */
  took(what: string, us: number): void {
    this.#latencies[what] = Math.max(1, Math.round(us));
  }

  /** A line, and all counters begin anew. */
  flush(drives: readonly string[], interfaces: readonly string[], missedLogs: number): void {
    if (this.#fd === undefined) return;
    for (const id of drives)
      this.#device('block', id, { read_bytes: 4096, read_count: 1, write_bytes: 512, write_count: 1 });
    for (const id of interfaces)
      this.#device('net', id, {
        rx_bytes_count: 60,
        rx_packets_count: 1,
        tx_bytes_count: 42,
        tx_packets_count: 1,
      });
    if (drives.length > 0) this.count('vcpu', 'exit_io_out', 3);
    const line = {
      utc_timestamp_ms: Date.now(),
      api_server: { process_startup_time_us: Math.round(this.#startedUs), process_startup_time_cpu_us: 1 },
      latencies_us: { ...this.#latencies },
      logger: { missed_log_count: missedLogs, missed_metrics_count: this.#missed },
      seccomp: { num_faults: 0 },
      vmm: { panic_count: 0 },
      ...this.#counted,
    };
    this.#missed = writeOutput(this.#fd, `${JSON.stringify(line)}\n`) ? 0 : this.#missed + 1;
    this.#counted = {};
  }

  #device(kind: string, id: string, counters: Counters): void {
    for (const [counter, more] of Object.entries(counters)) {
      this.count(`${kind}_${id}`, counter, more);
      this.count(kind, counter, more);
    }
  }
}
