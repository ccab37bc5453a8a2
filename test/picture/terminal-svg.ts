/** What a terminal shows, as a picture in SVG whose text is text: the same lines give the same picture, byte for byte. */

interface Style {
  readonly colour?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

const ground = '#16181d';
const ink = '#d7dae0';
/** The sixteen colours of ECMA-48 and their bright ones, as they can be read on the ground. */
const palette = [
  ...['#3b4048', '#e06c75', '#8cc265', '#d9a441', '#61a5ff', '#c678dd', '#4cb8c4', '#d7dae0'],
  ...['#7f8794', '#ff8b93', '#a9dc82', '#f0c674', '#8ec2ff', '#de9cf0', '#7ad7e0', '#ffffff'],
];

/** In units of the picture: a cell of the terminal, and what is around all of them. */
const [cellWidth, cellHeight, margin, fontSize] = [8.4, 18, 12, 14];

/** Escapes are those of SGR alone, as `tmux capture-pane -e` writes them; fails with another one. */
export function terminalSvg(lines: readonly string[], columns: number, title: string): string {
  const [width, height] = [columns * cellWidth + 2 * margin, lines.length * cellHeight + 2 * margin];
  let style: Style = {};
  const rows = lines.map((line, row) => {
    const read = runsOf(line, style);
    style = read.after;
    return read.runs.map((run) => drawn(run, row)).join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${ground}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}" fill="${ink}">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The parts of a line that look alike, and how the next line begins. */
function runsOf(line: string, before: Style): { runs: Run[]; after: Style } {
  const runs: Run[] = [];
  let [style, column] = [before, 0];
  const add = (text: string) => {
    if (text !== '') runs.push({ column, text, style });
    column += [...text].length;
  };
  const [start = '', ...rest] = line.split('\u001b');
  add(start);
  for (const part of rest) {
    const [sign = '', codes = ''] = /^\[([\d;]*)m/.exec(part) ?? [];
    if (sign === '') throw new Error(`an escape that is none of SGR: ${JSON.stringify(part)}`);
    style = changed(style, codes.split(';').map(Number));
    add(part.slice(sign.length));
  }
  return { runs, after: style };
}

const plain: Readonly<Record<number, Style>> = {
  1: { bold: true },
  2: { dim: true },
  4: { underline: true },
  7: { inverse: true },
  22: { bold: false, dim: false },
  24: { underline: false },
  27: { inverse: false },
  39: { colour: undefined },
  49: { background: undefined },
};

/** The style after these parameters of SGR. */
function changed(style: Style, codes: readonly number[]): Style {
  let now = style;
  for (const code of codes) now = code === 0 ? {} : { ...now, ...effectOf(code) };
  return now;
}

function effectOf(code: number): Style {
  const effect = plain[code];
  if (effect !== undefined) return effect;
  const index = (code % 10) + (code >= 90 ? 8 : 0);
  const first = Math.floor(code / 10);
  if (code % 10 > 7 || ![3, 4, 9, 10].includes(first)) throw new Error(`no code of SGR that is drawn: ${code}`);
  return first === 3 || first === 9 ? { colour: palette[index] } : { background: palette[index] };
}

function drawn({ column, text, style }: Run, row: number): string {
  const colour = style.inverse ? (style.background ?? ground) : style.colour;
  const background = style.inverse ? (style.colour ?? ink) : style.background;
  const [x, y] = [margin + column * cellWidth, margin + row * cellHeight];
  const width = round([...text].length * cellWidth);
  const box =
    background && `<rect x="${round(x)}" y="${y}" width="${width}" height="${cellHeight}" fill="${background}"/>`;
  const words = text.trimEnd() === '' ? '' : textAt(text, round(x), y, width, { ...style, colour });
  return `${box ?? ''}${words}`;
}

/** Its length is given, so that columns stay columns in any font. */
function textAt(text: string, x: number, y: number, width: number, { colour, bold, dim, underline }: Style): string {
  const attributes = {
    x,
    y: y + fontSize,
    textLength: width,
    'xml:space': 'preserve',
    ...(colour && { fill: colour }),
    ...(bold && { 'font-weight': 'bold' }),
    ...(dim && { opacity: 0.6 }),
    ...(underline && { 'text-decoration': 'underline' }),
  };
  const words = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<text${words.join('')}>${escaped(text)}</text>`;
}

const round = (length: number) => Math.round(length * 10) / 10;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
