/** The end of a console log, as lines that can be shown: what a guest writes for a terminal's eye is taken out. */
export interface LogText {
  /** How many lines are not kept any more. */
  readonly dropped: number;
  readonly lines: readonly string[];
  /** What has come of the next line, as it was written. */
  readonly open: string;
}

/** So much can be scrolled back to; `banger vm logs` has all of it. */
export const keptLines = 2_000;
/** A guest may write for ever without an end of line. */
const openLimit = 4_096;

export const emptyLog: LogText = { dropped: 0, lines: [], open: '' };

export function addToLog(log: LogText, text: string): LogText {
  const parts = (log.open + text).split('\n');
  const open = parts.pop() ?? '';
  const ended = open.length <= openLimit ? parts : [...parts, open];
  const lines = ended.length === 0 ? log.lines : [...log.lines, ...ended.map(shown)];
  const over = Math.max(0, lines.length - keptLines);
  return { dropped: log.dropped + over, lines: lines.slice(over), open: open.length <= openLimit ? open : '' };
}

/** Of all lines that there were, those that are not kept too. */
export const lineCount = (log: LogText): number => log.dropped + logLines(log).length;

/** Every line, the one that is being written too. */
export function logLines({ lines, open }: LogText): readonly string[] {
  const last = shown(open);
  return last === '' ? lines : [...lines, last];
}

const [esc, bell] = ['\x1b', '\x07'];
const escapes = new RegExp(
  `${esc}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\|$)|[ -/]*[0-~]|$)`,
  'gu',
);

/** As a terminal would leave it: without colours, and only what was written after the last return to its beginning. */
function shown(line: string): string {
  const plain = line.replace(escapes, '').replace(/\r+$/, '');
  return plain
    .slice(plain.lastIndexOf('\r') + 1)
    .replace(/\t/g, '    ')
    .replace(/\p{Cc}/gu, '');
}
