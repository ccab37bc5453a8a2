/**
 * Where the keys of a TOML text stand. The parser that we use does not say, and a message without the line leaves the
 * reader to search. It expects a text that a parser has accepted: of any other, it may know less.
 */

export type TomlPath = readonly (string | number)[];

/** Gives the line, from 1, of the value at a path; of what holds it when there is none; undefined when nothing does. */
export function tomlLines(text: string): (path: TomlPath) => number | undefined {
  const lines = new Scanner(text).scan();
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(keyOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

const keyOf = (path: TomlPath) => JSON.stringify(path.map(String));

class Scanner {
  #at = 0;
  #line = 1;
  readonly #lines = new Map<string, number>();
  /** How many tables an array of tables has so far, by its path. */
  readonly #counts = new Map<string, number>();

  constructor(private readonly text: string) {}

  scan(): Map<string, number> {
    let table: TomlPath = [];
    for (this.#skipBlank(); this.#at < this.text.length; this.#skipBlank()) {
      const before = this.#at;
      if (this.#peek() === '[') table = this.#header();
      else this.#pair(table);
      // Whatever stands there, it is not looked at twice.
      if (this.#at === before) this.#take();
    }
    return this.#lines;
  }

  /** "[a.b]" or "[[a.b]]": returns the path of what follows. */
  #header(): TomlPath {
    const isArray = this.text.startsWith('[[', this.#at);
    const line = this.#line;
    this.#skip(isArray ? 2 : 1);
    const names = this.#key();
    let path: TomlPath = [];
    for (const [i, name] of names.entries()) {
      path = [...path, name];
      const isLast = i === names.length - 1;
      const count = this.#counts.get(keyOf(path));
      if (isArray && isLast) {
        this.#counts.set(keyOf(path), (count ?? 0) + 1);
        this.#record(path, line);
        path = [...path, count ?? 0];
      } else if (count !== undefined) path = [...path, count - 1];
    }
    this.#record(path, line);
    this.#skip(isArray ? 2 : 1);
    return path;
  }

  #pair(table: TomlPath): void {
    const line = this.#line;
    const names = this.#key();
    for (const i of names.keys()) this.#record([...table, ...names.slice(0, i + 1)], line);
    if (this.#peek() !== '=') return;
    this.#take();
    this.#skipSpaces();
    this.#value([...table, ...names]);
  }

  /** A dotted key, up to what follows it. */
  #key(): string[] {
    const names: string[] = [];
    do {
      if (this.#peek() === '.') this.#take();
      this.#skipSpaces();
      names.push(this.#isQuote() ? this.#string() : this.#match(/[A-Za-z0-9_-]*/y));
      this.#skipSpaces();
    } while (this.#peek() === '.');
    return names;
  }

  #value(path: TomlPath): void {
    if (this.#isQuote()) this.#string();
    else if (this.#peek() === '[') this.#elements(path);
    else if (this.#peek() === '{') this.#inlineTable(path);
    else this.#match(/[^\s,\]}#]*/y);
  }

  #elements(path: TomlPath): void {
    this.#take();
    for (let i = 0; ; i++) {
      this.#skipBlank();
      if (this.#ends(']')) return;
      this.#record([...path, i], this.#line);
      const before = this.#at;
      this.#value([...path, i]);
      this.#skipBlank();
      if (this.#peek() === ',' || this.#at === before) this.#take();
    }
  }

  #inlineTable(path: TomlPath): void {
    this.#take();
    for (;;) {
      this.#skipBlank();
      if (this.#ends('}')) return;
      const before = this.#at;
      this.#pair(path);
      this.#skipBlank();
      if (this.#peek() === ',' || this.#at === before) this.#take();
    }
  }

  /** Takes the closing mark when it is next. The end of the text closes everything. */
  #ends(mark: string): boolean {
    if (this.#at >= this.text.length) return true;
    if (this.#peek() !== mark) return false;
    this.#take();
    return true;
  }

  /** Returns what a string says, with its escapes as they stand: keys of ours need none. */
  #string(): string {
    const quote = this.#peek();
    const mark = this.text.startsWith(quote.repeat(3), this.#at) ? quote.repeat(3) : quote;
    this.#skip(mark.length);
    const start = this.#at;
    while (this.#at < this.text.length && !this.text.startsWith(mark, this.#at)) {
      this.#skip(quote === '"' && this.#peek() === '\\' ? 2 : 1);
    }
    const content = this.text.slice(start, this.#at);
    this.#skip(mark.length);
    // A string of many lines may end in quotes of its own.
    if (mark.length > 1) while (this.#peek() === quote) this.#take();
    return content;
  }

  #record(path: TomlPath, line: number): void {
    const key = keyOf(path);
    if (!this.#lines.has(key)) this.#lines.set(key, line);
  }

  #isQuote(): boolean {
    return this.#peek() === '"' || this.#peek() === "'";
  }

  #peek(): string {
    return this.text[this.#at] ?? '';
  }

  #take(): void {
    if (this.#peek() === '\n') this.#line++;
    this.#at++;
  }

  #skip(count: number): void {
    for (let i = 0; i < count; i++) this.#take();
  }

  #skipSpaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#take();
  }

  /** Blanks, ends of lines and comments. */
  #skipBlank(): void {
    for (;;) {
      if (/\s/.test(this.#peek())) this.#take();
      else if (this.#peek() === '#') this.#match(/[^\n]*/y);
      else return;
    }
  }

  /** Takes what a sticky pattern without ends of lines matches. */
  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.#at += found.length;
    return found;
  }
}
