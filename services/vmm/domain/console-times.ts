/** When what is in a console log was written: marks beside the log, for the guest's bytes have no time of their own. Pure. */

/** The bytes from `position` on, up to the next mark, were written from `time` on, within `resolutionMs`. */
interface Mark {
  /** In milliseconds since 1970. */
  readonly time: number;
  /** In bytes since the log began, with those that are not kept any more. */
  readonly position: number;
}

export interface ConsoleTimes {
  readonly resolutionMs: number;
  /** Where the part begins that was put aside (NAME.1), and where the log itself does. */
  readonly formerStart: number;
  readonly start: number;
  readonly marks: readonly Mark[];
}

const finestMs = 1_000;
/** More are thinned out: some 60 KB on the disk. */
const mostMarks = 2_500;

export const noTimes: ConsoleTimes = { resolutionMs: finestMs, formerStart: 0, start: 0, marks: [] };

/**
 * What is known when the log is `size` bytes long and was `before` at the last look; the same object when there is nothing new.
 * A clock that was set back begins a new mark.
 */
export function withGrowth(
  times: ConsoleTimes,
  { before, size }: { before: number; size: number },
  now: number,
): ConsoleTimes {
  if (size <= before) return times;
  const last = times.marks.at(-1);
  const isCovered = last !== undefined && now >= last.time && now - last.time < times.resolutionMs;
  if (isCovered) return times;
  return thinned({ ...times, marks: [...times.marks, { time: now, position: times.start + before }] });
}

/** After the log was put aside, `size` bytes long; what was there before is gone, and so are its marks, but for the last of them. */
export function withCut(times: ConsoleTimes, size: number): ConsoleTimes {
  const { marks, start } = times;
  const first = marks.findLastIndex(({ position }) => position <= start);
  return { ...times, formerStart: start, start: start + size, marks: marks.slice(Math.max(0, first)) };
}

/** How many bytes of what is kept, the part that was put aside first, are older than `since`; undefined for all of them. */
export function bytesBefore({ resolutionMs, formerStart, marks }: ConsoleTimes, since: number): number | undefined {
  const first = marks.find(({ time }) => time + resolutionMs > since);
  return first && Math.max(0, first.position - formerStart);
}

const coarser = 4;
/** Beyond this it is no matter of fineness: a clock that jumps back and forth. */
const coarsestMs = 1e9;

/** Less fine, until there are few enough. */
function thinned(times: ConsoleTimes): ConsoleTimes {
  const { marks } = times;
  if (marks.length <= mostMarks) return times;
  if (times.resolutionMs > coarsestMs) return { ...times, marks: marks.slice(-mostMarks) };
  const resolutionMs = times.resolutionMs * coarser;
  const kept: Mark[] = [];
  for (const mark of marks) {
    const last = kept.at(-1);
    // What a mark that goes covered must end within the new resolution of the one that stays.
    const isCovered =
      last !== undefined && mark.time >= last.time && mark.time - last.time <= resolutionMs - times.resolutionMs;
    if (!isCovered) kept.push(mark);
  }
  return thinned({ ...times, resolutionMs, marks: kept });
}

/** One line for each mark, after one that says where things begin. */
export function formatTimes({ resolutionMs, formerStart, start, marks }: ConsoleTimes): string {
  return [`${resolutionMs} ${formerStart} ${start}\n`, ...marks.map(formatMark)].join('');
}

export function formatMark({ time, position }: Mark): string {
  return `${time} ${position}\n`;
}

/** A line that was not written whole says nothing; undefined for a text that is none of ours. */
export function parseTimes(text: string): ConsoleTimes | undefined {
  const [head = '', ...lines] = text.split('\n');
  const [, resolutionMs, formerStart, start] = /^(\d+) (\d+) (\d+)$/.exec(head)?.map(Number) ?? [];
  if (resolutionMs === undefined || formerStart === undefined || start === undefined) return undefined;
  const marks = lines.slice(0, -1).flatMap((line) => {
    const [, time, position] = /^(\d+) (\d+)$/.exec(line)?.map(Number) ?? [];
    return time === undefined || position === undefined ? [] : [{ time, position }];
  });
  return { resolutionMs, formerStart, start, marks };
}
