/** Texts as Markdown has them: what stands between backquotes stays as it is, and of all else nothing is taken for a sign. */

export function prose(text: string): string {
  return text.replace(/`[^`]*`|[\\<>*_[\]]/g, (found) => (found.startsWith('`') ? found : `\\${found}`));
}

/** A cell of a table: one line, in which no column ends. */
export function cell(text: string): string {
  return prose(text.trim().replace(/\s+/g, ' ')).replaceAll('|', '\\|');
}

/** A table of cells that are ready. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
