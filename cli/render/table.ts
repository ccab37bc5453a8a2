import type { Style } from './style.js';
import { printable } from './text.js';

export interface Cell {
  readonly text: string;
  /** Colours it; its width does not change. */
  readonly paint?: (text: string) => string;
}

export interface Column<T> {
  readonly title: string;
  cell(row: T, style: Style): string | Cell;
  /** Numbers stand at the right edge. */
  readonly right?: boolean;
  /** Left out unless a wide table is wanted. */
  readonly wide?: boolean;
}

const gap = '  ';

/** Aligned columns under their titles. On a terminal that is too narrow, lines are cut, never wrapped. */
export function table<T>(all: readonly Column<T>[], rows: readonly T[], style: Style): string {
  const columns = all.filter(({ wide = false }) => style.wide || !wide);
  const cells = rows.map((row) => columns.map((column) => oneLine(asCell(column.cell(row, style)))));
  const titles = columns.map(({ title }) => ({ text: title, paint: style.bold }));
  const widths = columns.map((_, i) => Math.max(...[titles, ...cells].map((line) => line[i]?.text.length ?? 0)));
  return [titles, ...cells].map((line) => renderLine(line, widths, columns, style.width)).join('\n');
}

function renderLine(
  line: readonly Cell[],
  widths: readonly number[],
  columns: readonly { right?: boolean }[],
  width: number,
): string {
  let left = width;
  const parts: string[] = [];
  for (const [i, cell] of line.entries()) {
    const padded = pad(cell.text, widths[i] ?? 0, columns[i]?.right ?? false, i === line.length - 1);
    const shown = cut(padded, left);
    parts.push(cell.paint ? cell.paint(shown) : shown);
    left -= shown.length + gap.length;
    if (left <= 0) break;
  }
  return parts.join(gap);
}

function pad(text: string, width: number, right: boolean, last: boolean): string {
  if (right) return text.padStart(width);
  return last ? text : text.padEnd(width);
}

/** At most `width` columns; what is cut ends with an ellipsis. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** A title and its value. */
export type Property = readonly [title: string, value: string | Cell | undefined];

/** One "title  value" line per pair that has a value. */
export function properties(pairs: readonly Property[], style: Style): string {
  const given = pairs.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...given.map(([title]) => title.length));
  return given
    .map(([title, value]) => {
      const { text, paint } = asCell(value ?? '');
      const shown = printable(text);
      return `${style.dim(title.padEnd(width))}${gap}${paint ? paint(shown) : shown}`;
    })
    .join('\n');
}

function asCell(value: string | Cell): Cell {
  return typeof value === 'string' ? { text: value } : value;
}

/** Text of others, such as a tool's last words, may have line breaks. */
function oneLine({ text, paint }: Cell): Cell {
  return { text: printable(text.replace(/\s+/g, ' ')), paint };
}
