import { appendFile, fileSize, readTextIfExists, stat, writeFileAtomic } from '../../../lib/host/files.js';
import {
  bytesBefore,
  type ConsoleTimes,
  formatMark,
  formatTimes,
  noTimes,
  parseTimes,
  withCut,
  withGrowth,
} from '../domain/console-times.js';

const timesOf = (log: string) => `${log}.times`;

/** Keeps the times of one console log, beside it, for as long as somebody sees it grow. */
export class ConsoleTimesKeeper {
  #times: ConsoleTimes | undefined;
  #size = 0;

  constructor(
    private readonly log: string,
    private readonly now: () => number,
  ) {}

  /** The log has `size` bytes now. */
  async see(size: number): Promise<void> {
    const times = this.#times ?? (await this.#begin(size));
    const next = withGrowth(times, { before: this.#size, size }, this.now());
    const added = next.marks.at(-1);
    const isOneMore = next.marks.length === times.marks.length + 1;
    if (next !== times) await this.#write(next, isOneMore ? added : undefined);
    this.#times = next;
    this.#size = size;
  }

  /** What was `size` bytes long has been put aside. */
  async cut(size: number): Promise<void> {
    const next = withCut(this.#times ?? noTimes, size);
    await this.#write(next);
    this.#times = next;
    this.#size = 0;
  }

  /**
   * What was written while nobody saw it counts as written when the file was last changed: rather too new than too old, so that
   * nothing is left out that somebody asks for.
   */
  async #begin(size: number): Promise<ConsoleTimes> {
    const written = parseTimes((await readTextIfExists(timesOf(this.log))) ?? '');
    const read = written ?? noTimes;
    const former = await fileSize(`${this.log}.1`);
    // A cut that the record does not have: the service was killed in between.
    const times = former === read.start - read.formerStart ? read : withCut(read, former);
    const last = times.marks.at(-1)?.position ?? 0;
    const before = Math.max(0, last - times.start);
    const changed = size > before ? (await stat(this.log)).mtimeMs : 0;
    const next = withGrowth(times, { before, size }, Math.floor(changed));
    if (next !== written) await this.#write(next);
    this.#size = size;
    return next;
  }

  /** All of it, or only the mark that has come. */
  async #write(times: ConsoleTimes, added?: ConsoleTimes['marks'][number]): Promise<void> {
    if (added) return appendFile(timesOf(this.log), formatMark(added));
    await writeFileAtomic(timesOf(this.log), formatTimes(times));
  }
}

/** How many bytes of a console log are older than a time: none where no time is known. */
export async function olderThan(log: string, since: number): Promise<number> {
  const times = parseTimes((await readTextIfExists(timesOf(log))) ?? '');
  if (times === undefined) return 0;
  return bytesBefore(times, since) ?? Number.POSITIVE_INFINITY;
}
