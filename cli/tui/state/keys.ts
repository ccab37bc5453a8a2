/**
 * What a terminal sends, as keys. A burst, such as a paste or a held key, comes as one text, and a sequence may come in two:
 * what is not complete yet is kept for the next text.
 */

/** A character stands for itself; every other key is one of these words, which are longer. */
export type Key = string;

export interface KeysRead {
  readonly keys: readonly Key[];
  /** The beginning of a sequence. */
  readonly rest: string;
}

/** Final letters of "ESC [" and "ESC O". */
const letters: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'back-tab',
};
/** Numbers of "ESC [ NUMBER ~", as xterm, the Linux console and rxvt send them. */
const numbers: Readonly<Record<string, Key>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};
const esc = '\x1b';
const controls: Readonly<Record<string, Key>> = {
  '\x03': 'interrupt',
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'enter',
  '\r': 'enter',
  '\x15': 'clear',
  [esc]: 'escape',
  '\x7f': 'backspace',
};

const sequence = new RegExp(`^${esc}(?:\\[(?<parameters>[0-?]*)[ -/]*(?<final>[@-~])|O(?<letter>[ -~]))`, 'u');
const beginning = new RegExp(`^${esc}(?:\\[[0-?]*[ -/]*|O)?$`, 'u');

export function readKeys(text: string): KeysRead {
  const keys: Key[] = [];
  for (let left = text; left !== ''; ) {
    if (beginning.test(left)) return { keys, rest: left };
    const found = sequence.exec(left);
    const taken = found?.[0] ?? String.fromCodePoint(left.codePointAt(0) ?? 0);
    const key = found ? sequenceKey(found.groups ?? {}) : plainKey(taken);
    if (key !== undefined) keys.push(key);
    left = left.slice(taken.length);
  }
  return { keys, rest: '' };
}

/** The keys of a beginning that nothing has followed: Escape was pressed, and perhaps "[" or "O" after it. */
export function endKeys(rest: string): readonly Key[] {
  return [...rest].map((char) => plainKey(char) ?? char);
}

/** Undefined for a sequence of no key that is known here. */
function sequenceKey({
  parameters = '',
  final = '',
  letter = '',
}: Record<string, string | undefined>): Key | undefined {
  // "1;5A" is Up with Ctrl: what is held beside a key makes no difference here.
  return final === '~' ? numbers[parameters.split(';')[0] ?? ''] : letters[final || letter];
}

/** Undefined for a control character that means nothing here. */
function plainKey(char: string): Key | undefined {
  return controls[char] ?? (/^\p{Cc}$/u.test(char) ? undefined : char);
}

/** A text after a key was pressed in it, with the cursor at its end. */
export function edited(text: string, key: Key): string {
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  if (key === 'clear') return '';
  return [...key].length === 1 ? text + key : text;
}
