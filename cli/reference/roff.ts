/** Manual pages in the macros of man(7). Text is escaped here, and nowhere else. */

/** What roff would read as its own, or print as something else. */
const characters: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '"': '\\(dq',
};

/** Text that is printed as it is, wherever it stands: also at the start of a line, and in quotes. */
export function text(plain: string): string {
  const safe = plain.replace(/[\\\-'`^~"]/g, (char) => characters[char] ?? char);
  const ascii = safe.replace(/[^\x20-\x7e]/gu, (char) => {
    if (/\s/.test(char)) return ' ';
    return `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  // A control character counts at the start of a line only; what follows \& never is.
  return ascii.startsWith('.') ? `\\&${ascii}` : ascii;
}

export const bold = (plain: string): string => `\\fB${text(plain)}\\fR`;

/** `backquoted` words, as the texts of the CLI have them, in bold. */
export function prose(plain: string): string {
  const parts = plain.split(/(`[^`]+`)/).filter((part) => part !== '');
  const marked = parts.map((part) => (/^`.+`$/.test(part) ? bold(part.slice(1, -1)) : text(part)));
  return marked.join('');
}

export const section = (title: string): string => `.SH ${text(title)}`;
export const subsection = (title: string): string => `.SS "${text(title)}"`;
/** A paragraph below a tag; both are roff already. */
export const tagged = (tag: string, body: string): string => `.TP\n${tag}\n${body}`;
export const paragraph = (body: string): string => `.PP\n${body}`;
/** Lines that stay as they are. */
export const verbatim = (lines: readonly string[]): string =>
  ['.PP', '.RS 4', '.nf', ...lines.map(text), '.fi', '.RE'].join('\n');

export interface Page {
  /** Such as "banger-vm". */
  readonly name: string;
  /** The section of the manual. */
  readonly number: 1 | 8;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly version: string;
  /** Roff, after the section NAME. */
  readonly body: readonly string[];
}

/** No date: the same commands give the same page. */
export function renderPage({ name, number, summary, version, body }: Page): string {
  const lines = [
    '.\\" Made from the commands of banger.',
    `.TH ${text(name.toUpperCase())} ${number} "" "banger ${text(version)}" "banger"`,
    // Left-aligned, and no word is broken: commands are to be copied.
    '.ad l',
    '.nh',
    section('NAME'),
    `${text(name)} \\- ${text(summary)}`,
    ...body,
  ];
  return `${lines.join('\n')}\n`;
}
