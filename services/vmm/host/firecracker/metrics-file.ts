import { readRest, readTextIfExists, writeFileAtomic } from '../../../../lib/host/files.js';
import type { Log } from '../../../../lib/log.js';
import { boundFile } from './bounded-file.js';
import { addMetrics, type Metrics, noMetrics } from './metrics.js';

/** Firecracker writes some KiB a minute: this is hours. */
const maxBytes = 1024 * 1024;

interface Totals {
  /** Everything before this offset is in the sums. */
  readonly offset: number;
  readonly metrics: Metrics;
}

/**
 * Firecracker's metrics: a line of deltas every minute and at every FlushMetrics. What has been summed up is kept beside,
 * so that the file stays small and a restarted service loses nothing.
 */
export class MetricsFile {
  constructor(
    private readonly path: string,
    private readonly totalsPath: string,
    private readonly log: Log,
  ) {}

  /** The sums since the process started. */
  async read(): Promise<Metrics> {
    return (await this.#total()).metrics;
  }

  /** Keeps the file within its limit until `close` is called. */
  bound(): Promise<{ close(): void }> {
    const release = async () => {
      const totals = await this.#total();
      await writeFileAtomic(this.totalsPath, `${JSON.stringify(totals)}\n`);
      return totals.offset;
    };
    return boundFile(this.path, { maxBytes, release, log: this.log });
  }

  async #total(): Promise<Totals> {
    const known = await this.#known();
    const lines = await readRest(this.path, known.offset);
    // A line that is still being written is left for the next time.
    const complete = lines.subarray(0, lines.lastIndexOf(newline) + 1);
    return {
      offset: known.offset + complete.length,
      metrics: addMetrics(known.metrics, complete.toString('utf8')),
    };
  }

  async #known(): Promise<Totals> {
    const text = await readTextIfExists(this.totalsPath);
    return text === undefined ? { offset: 0, metrics: noMetrics } : (JSON.parse(text) as Totals);
  }
}

const newline = 0x0a;
