import type { Severity } from '../../lib/finding.js';
import type { Style } from './style.js';
import { printable, wrap } from './text.js';

/** One line of a list of what is right and what is not. */
export interface ChecklistLine {
  readonly severity: Severity;
  readonly name: string;
  readonly text: string;
  /** Empty when nothing needs to be done. */
  readonly remedy: string;
}

const marks: Readonly<Record<Severity, { sign: string; paint: 'green' | 'yellow' | 'red' }>> = {
  ok: { sign: '✓', paint: 'green' },
  warning: { sign: '!', paint: 'yellow' },
  error: { sign: '✗', paint: 'red' },
};

/** Names longer than this do not push the texts of all others to the right. */
const widestName = 24;
/** Narrower than this, a column is left to the terminal's own way of breaking lines. */
const narrowest = 30;

/** `width` is that of the names, when they stand in a column with others. */
export function checklist(lines: readonly ChecklistLine[], indent: number, style: Style, width?: number): string[] {
  const longest = Math.max(0, ...lines.map(({ name }) => name.length));
  const column = width ?? Math.min(longest, widestName);
  return lines.flatMap(({ severity, name, text, remedy }) => {
    const { sign, paint } = marks[severity];
    const left = indent + column + 4;
    const pad = ' '.repeat(left);
    const told = hanging(text, left, style);
    const label = printable(name);
    const first = label.length > column ? `${label}\n${pad}${told}` : `${label.padEnd(column)}  ${told}`;
    const way = remedy === '' ? [] : [`${pad}→ ${hanging(remedy, left + 2, style)}`];
    return [`${' '.repeat(indent)}${style[paint](sign)} ${first}`, ...way];
  });
}

/** Text that begins at column `left` and stays to the right of it. */
function hanging(text: string, left: number, { width }: Style): string {
  return wrap(printable(text), Math.max(width - left, narrowest)).replaceAll('\n', `\n${' '.repeat(left)}`);
}
