import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { styleFor } from './style.js';
import { type Column, properties, table } from './table.js';

interface Row {
  readonly name: string;
  readonly size: string;
  readonly note: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: (row) => row.name },
  { title: 'SIZE', cell: (row) => row.size, right: true },
  { title: 'NOTE', cell: (row, style) => ({ text: row.note, paint: style.red }) },
];
const rows = [
  { name: 'web', size: '512 MiB', note: 'a note' },
  { name: 'database', size: '2 GiB', note: '-' },
];
const plain = styleFor({ write: () => true }, {});
const terminal = (width: number) => styleFor({ write: () => true, isTTY: true, columns: width }, { NO_COLOR: '1' });

test('columns are aligned, numbers at the right, and lines have no blanks at their ends', () => {
  expect(table(columns, rows, plain)).toBe(
    ['NAME         SIZE  NOTE', 'web       512 MiB  a note', 'database    2 GiB  -'].join('\n'),
  );
});

test('a narrow terminal cuts lines', () => {
  expect(table(columns, rows, terminal(20)).split('\n')).toEqual([
    'NAME         SIZE  …',
    'web       512 MiB  …',
    'database    2 GiB  -',
  ]);
});

test('no line is ever wider than the terminal', () => {
  const anyRow = fc.record({ name: fc.string(), size: fc.string(), note: fc.string() });
  fc.assert(
    fc.property(fc.array(anyRow), fc.integer({ min: 1, max: 60 }), (some, width) => {
      const lines = table(columns, some, terminal(width)).split('\n');
      expect(lines).toHaveLength(some.length + 1);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});

test('colours are for terminals, and for those who want them', () => {
  const output = { write: () => true, isTTY: true, columns: 80 };
  expect(table(columns, rows, styleFor(output, {}))).toContain('\x1b[31ma note\x1b[39m');
  expect(table(columns, rows, styleFor(output, { NO_COLOR: '1' }))).not.toContain('\x1b');
  expect(table(columns, rows, styleFor({ write: () => true }, {}))).not.toContain('\x1b');
});

test('properties without a value are left out', () => {
  const pairs = [
    ['Name', 'web'] as const,
    ['Address', ''] as const,
    ['Error', undefined] as const,
    ['Uid', '1'] as const,
  ];
  expect(properties(pairs, plain)).toBe('Name  web\nUid   1');
});

test('a cell with line breaks stays in its line', () => {
  const [row] = rows;
  expect(table(columns, [{ ...row, name: 'a', size: 'b', note: 'one\n  two' }], plain)).toBe(
    'NAME  SIZE  NOTE\na        b  one two',
  );
});
