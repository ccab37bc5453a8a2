import { wrap } from '../../render/text.js';
import type { Section, SectionLine } from '../model.js';
import type { State } from './state.js';

/** How the screen is divided, in lines and columns. */

const headerRows = 2;
const footerRows = 2;
export const boxRows = 5;

/** What is smaller has no room for a list and its keys. */
export const smallest = { columns: 40, rows: 10 } as const;

export const isTooSmall = ({ columns, rows }: State): boolean => columns < smallest.columns || rows < smallest.rows;

/** Lines between the header and the footer. */
export function bodyRows(state: State): number {
  const box = state.dialog?.kind === 'delete' || state.dialog?.kind === 'build' ? boxRows : 0;
  return Math.max(1, state.rows - headerRows - footerRows - box);
}

/** Rows below the titles of a list, or below the first line of a pane. */
export const windowRows = (state: State): number => Math.max(1, bodyRows(state) - 1);

/** The first of `count` rows to be shown in a window, so that the one at `index` is near its middle. */
export function windowTop(index: number, count: number, height: number): number {
  return Math.max(0, Math.min(index - Math.floor(height / 2), count - height));
}

/** A line of the details: a title, or a label with a part of its text. */
export interface DetailRow extends SectionLine {
  readonly title: boolean;
}

const longestLabel = 16;

/** Sections as lines of at most `columns`, long texts broken between words. */
export function detailRows(sections: readonly Section[], columns: number): DetailRow[] {
  return sections.flatMap(({ title, lines }, index) => {
    const width = Math.min(longestLabel, Math.max(0, ...lines.map(({ label }) => label.length)));
    const room = Math.max(10, columns - width - 4);
    const blank: DetailRow[] = index === 0 ? [] : [{ title: false, label: '', text: '', tone: 'plain' }];
    const rows = lines.flatMap((line) => detailLine(line, width, room));
    return [...blank, { title: true, label: '', text: title, tone: 'plain' }, ...rows];
  });
}

function detailLine({ label, text, tone }: SectionLine, width: number, room: number): DetailRow[] {
  return wrap(text, room)
    .split('\n')
    .map((part, index) => ({ title: false, label: (index === 0 ? label : '').padEnd(width), text: part, tone }));
}

/** How far the details can be scrolled. */
export function lastTop(state: State): number {
  if (state.pane.kind !== 'details') return 0;
  return Math.max(0, detailRows(state.pane.sections, state.columns).length - windowRows(state));
}
