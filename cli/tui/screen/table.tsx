import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { cut } from '../../render/table.js';
import type { Tone } from '../model.js';
import { windowTop } from '../state/layout.js';
import { Accent, Toned } from './theme.js';

export interface Column<T> {
  readonly title: string;
  cell(row: T): string;
  tone?(row: T): Tone;
  readonly right?: boolean;
}

interface TableProps<T> {
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly cursor: number;
  /** Lines, the titles among them. */
  readonly height: number;
  readonly width: number;
  readonly faded: boolean;
  /** Stands in the place of the rows when there are none. */
  readonly empty: string;
}

const gap = '  ';
const marker = '❯ ';
/** A long name gives way to the other columns, as far as this. */
const shortestName = 12;

/** Aligned columns with a bar on one row; of many rows those around the bar. */
export function Table<T extends { readonly name: string }>(props: TableProps<T>) {
  const { columns, rows, cursor, height, faded, empty } = props;
  const widths = widthsOf(props);
  const top = windowTop(cursor, rows.length, height - 1);
  const titles = columns.map(({ title, right }, index) => padded(title, widths[index] ?? 0, right));
  return (
    <Box flexDirection="column" height={height}>
      <Text wrap="truncate-end" dimColor>
        {`  ${titles.join(gap)}`}
      </Text>
      {rows.length === 0 && <Text dimColor>{`  ${empty}`}</Text>}
      {rows.slice(top, top + height - 1).map((row, index) => (
        <Row key={row.name} {...{ columns, row, widths, faded }} at={top + index === cursor} />
      ))}
    </Box>
  );
}

interface RowProps<T> {
  readonly columns: readonly Column<T>[];
  readonly row: T;
  readonly widths: readonly number[];
  readonly faded: boolean;
  readonly at: boolean;
}

function Row<T>({ columns, row, widths, faded, at }: RowProps<T>): ReactNode {
  const cells = columns.map((column, index) => (
    <Toned key={column.title} tone={column.tone?.(row)} faded={faded} bold={at}>
      {(index === 0 ? '' : gap) + padded(cut(column.cell(row), widths[index] ?? 0), widths[index] ?? 0, column.right)}
    </Toned>
  ));
  return (
    <Text wrap="truncate-end">
      {at ? <Accent>{marker}</Accent> : '  '}
      {cells}
    </Text>
  );
}

function widthsOf<T>({ columns, rows, width }: TableProps<T>): number[] {
  const widths = columns.map((column) =>
    rows.reduce((widest, row) => Math.max(widest, column.cell(row).length), column.title.length),
  );
  const whole = marker.length + widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  const [name = 0, ...others] = widths;
  return [Math.max(Math.min(name, shortestName), name - Math.max(0, whole - width)), ...others];
}

function padded(text: string, width: number, right = false): string {
  return right ? text.padStart(width) : text.padEnd(width);
}
