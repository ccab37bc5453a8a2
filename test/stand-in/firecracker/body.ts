import type { Field, Shape } from './table.js';

/** A body that is no JSON, or not the JSON of its endpoint. The text has serde's words, and the place. */
export class BodyError extends Error {}

/** Reads a body against its shape in one pass, so that of several mistakes the first one is told. */
export function readBody(text: string, shape: Shape): Readonly<Record<string, unknown>> {
  return new Reader(text).whole(shape) as Readonly<Record<string, unknown>>;
}

/** Characters after which a token ends; each regular expression begins where the reader is. */
const tokens = {
  space: /[ \n\r\t]*/y,
  string: /"(?:[^"\\]|\\.)*"/sy,
  number: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  word: /true|false|null/y,
};

class Reader {
  #at = 0;
  /** A fault of a converted value has no place of its own, and is told where its object ends. */
  #late: string | undefined;

  constructor(private readonly text: string) {}

  whole(shape: Shape): unknown {
    const value = this.#value(shape);
    if (this.#peek() !== undefined) this.#fail('trailing characters', 1);
    return value;
  }

  #value(shape: Shape): unknown {
    const first = this.#peek();
    if (first === undefined) this.#fail('EOF while parsing a value');
    if (first === '{') return this.#object(shape);
    if (first === '[') return this.#array(shape);
    const token = this.#take('string') ?? this.#take('number') ?? this.#take('word');
    if (token !== undefined) return this.#scalar(token, shape);
    this.#fail(first === '"' ? 'EOF while parsing a string' : 'expected value', 1);
  }

  #scalar(token: string, shape: Shape): unknown {
    const value = this.#parsed(token);
    if (shape.type === 'any' || (value === null && shape.nullable)) return value;
    if (typeof value === 'string' && shape.type === 'string') return this.#word(value, shape);
    if (typeof value === 'boolean' && shape.type === 'boolean') return value;
    if (/^-?\d+$/.test(token) && shape.type === 'integer') return this.#integer(Number(value), token, shape);
    this.#fail(`invalid type: ${described(token, value)}, expected ${wanted(shape)}`);
  }

  #parsed(token: string): unknown {
    try {
      return JSON.parse(token);
    } catch {
      this.#fail(token.startsWith('"') ? 'invalid escape' : 'invalid number');
    }
  }

  #word(value: string, shape: Shape): string {
    const same = (word: string) =>
      shape.case_insensitive ? word.toLowerCase() === value.toLowerCase() : word === value;
    if (shape.enum && !shape.enum.some(same)) {
      this.#fail(`unknown variant \`${value}\`, expected ${oneOf(shape.enum)}`);
    }
    // Ids have a fault of their own.
    if (shape.pattern && !shape.equals_path && !new RegExp(shape.pattern).test(value)) {
      const isMac = shape.pattern.includes(':');
      this.#late ??= isMac ? 'The provided MAC address is invalid.' : `invalid value: string "${value}"`;
    }
    return value;
  }

  #integer(value: number, token: string, shape: Shape): number {
    // serde knows the width alone; that a value makes sense is looked at later, with faults in words of their own.
    const fits = value >= 0 && value <= 2 ** widthOf(shape) - 1;
    if (!fits) this.#fail(`invalid value: integer \`${token}\`, expected ${wanted(shape)}`);
    return value;
  }

  #object(shape: Shape): Record<string, unknown> {
    if (shape.type !== 'object' && shape.type !== 'any') this.#fail(`invalid type: map, expected ${wanted(shape)}`, 1);
    const fields = shape.fields ?? [];
    const strict = shape.fields !== undefined && shape.unknown !== 'ignore' && shape.unknown !== 'store';
    const found: Record<string, unknown> = {};
    for (const key of this.#items('}', 'an object', () => this.#key())) {
      const field = fields.find(({ name }) => name === key);
      if (field && key in found) this.#fail(`duplicate field \`${key}\``);
      if (!field && strict) this.#fail(`unknown field \`${key}\`, expected ${oneOf(fields.map(({ name }) => name))}`);
      if (this.#peek() !== ':') this.#fail('expected `:`', 1);
      this.#at += 1;
      found[key] = this.#value(field ?? { type: shape.values ?? 'any' });
    }
    this.#finished(fields, found);
    return found;
  }

  #finished(fields: readonly Field[], found: Readonly<Record<string, unknown>>): void {
    const missing = fields.find(({ name, required }) => required && name !== '*' && !(name in found));
    if (this.#late !== undefined) this.#fail(this.#late);
    if (missing) this.#fail(`missing field \`${missing.name}\``);
  }

  #key(): string {
    if (this.#peek() !== '"') this.#fail('key must be a string', 1);
    return this.#parsed(this.#take('string') ?? this.#fail('EOF while parsing a string')) as string;
  }

  #array(shape: Shape): unknown[] {
    if (shape.type === 'object' && shape.fields) {
      this.#at = this.text.indexOf(']', this.#at) + 1;
      this.#fail(`invalid length 0, expected ${wanted(shape)} with ${shape.fields.length} elements`);
    }
    if (shape.type !== 'array' && shape.type !== 'any')
      this.#fail(`invalid type: sequence, expected ${wanted(shape)}`, 1);
    return [...this.#items(']', 'a list', () => this.#value(shape.items ?? { type: 'any' }))];
  }

  /** What stands between brackets, with commas. */
  *#items<T>(end: string, what: string, item: () => T): Generator<T> {
    this.#at += 1;
    for (let first = true; ; first = false) {
      let next = this.#peek();
      if (next === end) break;
      if (next === undefined) this.#fail(`EOF while parsing ${what}`);
      if (!first && next !== ',') this.#fail(`expected \`,\` or \`${end}\``, 1);
      if (!first) {
        this.#at += 1;
        next = this.#peek();
        if (next === end) this.#fail('trailing comma', 1);
      }
      yield item();
    }
    this.#at += 1;
  }

  #peek(): string | undefined {
    this.#take('space');
    return this.text[this.#at];
  }

  #take(kind: keyof typeof tokens): string | undefined {
    const pattern = tokens[kind];
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Told with the place that was read up to, or `ahead` characters on. */
  #fail(problem: string, ahead = 0): never {
    const read = this.text.slice(0, this.#at + ahead);
    const line = read.split('\n').length;
    throw new BodyError(`${problem} at line ${line} column ${read.length - (read.lastIndexOf('\n') + 1)}`);
  }
}

function described(token: string, value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `string ${token}`;
  if (typeof value === 'boolean') return `boolean \`${token}\``;
  return /[.eE]/.test(token) ? `floating point \`${token}\`` : `integer \`${token}\``;
}

/** Bits of the unsigned integer that holds what a field may be. */
function widthOf({ max = 0 }: Shape): number {
  return [8, 16, 32].find((bits) => max < 2 ** bits) ?? 64;
}

function wanted(shape: Shape): string {
  const words = { string: 'a string', boolean: 'a boolean', array: 'a sequence', any: 'any value' };
  if (shape.type === 'integer') return `u${widthOf(shape)}`;
  return shape.type === 'object' ? `struct ${shape.struct ?? 'object'}` : words[shape.type];
}

function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  if (quoted.length === 0) return 'there are no fields';
  return quoted.length > 2 ? `one of ${quoted.join(', ')}` : quoted.join(' or ');
}
