import type { Context } from './context.js';
import type { Style } from './render/style.js';

/** Commands are data: what they take and how they are used is declared, and yargs, help and tests read it. */

export interface OptionSpec {
  /**
   * `flag` is a boolean; `size` a number of MiB, given as 512, 512M or 2G; `count` a whole number from 1; `list` are words
   * with commas between them, and may be given more than once; everything else is text.
   */
  readonly type: 'text' | 'flag' | 'count' | 'size' | 'list';
  readonly summary: string;
  readonly alias?: string;
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** Says what is wrong with a word of a list, or undefined when it is right. */
  readonly problemOf?: (word: string) => string | undefined;
  /** A size or count of 0 is refused unless this is set. */
  readonly zero?: boolean;
}

export interface PositionalSpec {
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
  /** One or more; only the last may be. */
  readonly variadic?: boolean;
  /** The option that stands in its place: one of the two must be given, and not both. */
  readonly unless?: string;
}

type ValueOf<O extends OptionSpec> = O['type'] extends 'flag'
  ? boolean
  : O['type'] extends 'count' | 'size'
    ? number | undefined
    : O['type'] extends 'list'
      ? readonly string[] | undefined
      : O extends { required: true }
        ? string
        : string | undefined;

export type OptionValues<O extends Readonly<Record<string, OptionSpec>>> = { readonly [K in keyof O]: ValueOf<O[K]> };

/** What a command was called with. */
export interface Call<O extends Readonly<Record<string, OptionSpec>>> {
  readonly options: OptionValues<O>;
  /** In the order of the declaration; an optional one that was not given is undefined. */
  readonly positionals: readonly (string | undefined)[];
  /** What stands after `--`, or undefined without it. */
  readonly rest: readonly string[] | undefined;
}

/** What a command gives back: a value for programs, and the same for people. */
export interface Result {
  /** Undefined for nothing to say. */
  readonly json: unknown;
  /** Lines for a person; empty for nothing to say. */
  text(style: Style): string;
  /** What `--output name` prints; the name of `json`, or of each of its parts, unless given. */
  readonly names?: readonly string[];
  /** 0 unless given: another program's exit code that is passed on. */
  readonly exitCode?: number;
  /** What failed beside what succeeded, when several things were asked for; the first decides the exit code. */
  readonly errors?: readonly unknown[];
}

export interface Command<O extends Readonly<Record<string, OptionSpec>> = Readonly<Record<string, OptionSpec>>> {
  /** One line, without a full stop. */
  readonly summary: string;
  /** More, for its help. */
  readonly description?: string;
  readonly positionals?: readonly PositionalSpec[];
  readonly options?: O;
  /** Whether words after `--` are taken. */
  readonly rest?: { readonly name: string; readonly summary: string };
  /** At least one: the command line without "banger", and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /**
   * Called instead of `run` when the command line has mistakes, with the values that could be read: rejects with what
   * else is wrong with them, and changes nothing.
   */
  check?(ctx: Context, call: Call<O>): Promise<void>;
  /** Undefined when the command has written its own output, such as a log. */
  run(ctx: Context, call: Call<O>): Promise<Result | undefined>;
}

/** Holds the types of a command's options and of its `run` together. */
export function defineCommand<const O extends Readonly<Record<string, OptionSpec>> = Record<never, OptionSpec>>(
  command: Command<O>,
): Command {
  return command as unknown as Command;
}

/** The nth positional; the parser has made sure that a required one is there. */
export function positional(call: { readonly positionals: readonly (string | undefined)[] }, index: number): string {
  return call.positionals[index] ?? '';
}
