import yargs, { type Argv } from 'yargs';
import type { FieldViolation } from '../lib/errors.js';
import { suggest } from '../lib/suggest.js';
import type { Call, Command, OptionSpec, PositionalSpec } from './define-command.js';
import { type OutputKind, outputOf, outputs } from './parse/output.js';
import { type Parsed, parseCount, parseMebibytes } from './parse/size.js';
import { wrap } from './render/text.js';

/** The one place that knows yargs: it splits the words of a command line and lays out help. */

/** The options that every command takes, unless it has one of that name itself: `commonOptions`. */
export const globalOptions = {
  output: {
    type: 'text',
    alias: 'o',
    choices: outputs,
    summary: 'How to print: a table; wide, with more columns and nothing cut; JSON; or the names alone, one a line',
  },
  json: { type: 'flag', summary: 'The same as --output json: for programs; errors too, on standard error' },
  quiet: { type: 'flag', alias: 'q', summary: 'Show no progress' },
  help: { type: 'flag', alias: 'h', summary: 'Show this help' },
} as const satisfies Record<string, OptionSpec>;

type Options = Readonly<Record<string, OptionSpec>>;

/** Those of the common options that a command takes. */
export function commonOptions({ options = {} }: Command): Options {
  return Object.fromEntries(Object.entries(globalOptions).filter(([name]) => !(name in options)));
}

/** The words of a command line, split and not yet judged. */
export interface Words {
  readonly given: Readonly<Record<string, unknown>>;
  /** What yargs could not make sense of. */
  readonly problem: string | undefined;
  readonly output: OutputKind;
  readonly quiet: boolean;
  readonly help: boolean;
}

export function split(command: Command, args: readonly string[]): Words {
  let problem: string | undefined;
  const parser = parserOf({ ...command.options, ...commonOptions(command) }).fail((message, error) => {
    problem = message ?? error.message;
  });
  const given = lastOfEach(parser.parseSync([...args]), command);
  const output = outputOf(
    command.options && 'output' in command.options ? undefined : given.output,
    given.json === true,
  );
  return { given, problem, output, quiet: given.quiet === true, help: given.help === true };
}

/** Of an option that is given more than once the last counts; of a list, each. */
function lastOfEach(given: Readonly<Record<string, unknown>>, { options = {} }: Command): Record<string, unknown> {
  const isWhole = (name: string) => ['_', '--'].includes(name) || options[name]?.type === 'list';
  const entries = Object.entries(given).map(([name, value]) => {
    return [name, Array.isArray(value) && !isWhole(name) ? value.at(-1) : value];
  });
  return Object.fromEntries(entries);
}

/** What the words came to. */
export interface Judged {
  /** With the values that could be read; whole when there are no mistakes. */
  readonly call: Call<Options>;
  /** Every mistake; one in a value has its option as field, any other none. */
  readonly mistakes: readonly FieldViolation[];
}

/** Checks the words against what the command declares. */
export function judge(command: Command, { given, problem }: Words): Judged {
  const mistakes: FieldViolation[] = [];
  if (problem !== undefined) mistakes.push(unreadable(problem));
  mistakes.push(...unknownOptions(command, given));
  const positionals = positionalsOf(command, given, mistakes);
  const options = optionsOf(command.options ?? {}, given, mistakes);
  const { output } = optionsOf(commonOptions(command), given, mistakes) as { output?: string };
  if (given.json === true && output !== undefined && output !== 'json') {
    mistakes.push(general(`give either --json or --output ${output}, not both`));
  }
  const rest = given['--'] as string[] | undefined;
  if (rest !== undefined && command.rest === undefined) mistakes.push(general('nothing can stand after "--" here'));
  return { call: { options, positionals, rest: rest?.map(String) }, mistakes };
}

const general = (description: string): FieldViolation => ({ field: '', description });

function unreadable(problem: string): FieldViolation {
  const [, option] = /^Not enough arguments following: (.+)$/.exec(problem) ?? [];
  return option === undefined ? general(problem) : { field: dashed(option), description: 'needs a value after it' };
}

function unknownOptions(command: Command, given: Readonly<Record<string, unknown>>): FieldViolation[] {
  const specs: Options = { ...command.options, ...commonOptions(command) };
  const known = Object.entries(specs).flatMap(([name, { alias }]) => (alias ? [name, alias] : [name]));
  return Object.keys(given)
    .filter((name) => !['_', '$0', '--', ...known].includes(name))
    .map((name) => {
      const meant = suggest(name, Object.keys(specs));
      return general(`there is no option ${dashed(name)}${meant ? `; did you mean ${dashed(meant)}?` : ''}`);
    });
}

function positionalsOf(
  command: Command,
  given: Words['given'],
  mistakes: FieldViolation[],
): readonly (string | undefined)[] {
  const words = (given._ as unknown[]).map(String);
  const specs = command.positionals ?? [];
  const replaced = ({ unless }: PositionalSpec) => unless !== undefined && given[unless] !== undefined;
  const missing = specs.filter((spec, i) => !spec.optional && !replaced(spec) && words[i] === undefined);
  const twice = specs.filter((spec, i) => replaced(spec) && words[i] !== undefined);
  for (const { name, unless = '' } of twice) {
    mistakes.push(general(`give either ${name.toUpperCase()} or ${dashed(unless)}, not both`));
  }
  for (const { name, summary } of missing) {
    mistakes.push(general(`${name.toUpperCase()} is missing: ${lowerFirst(summary)}`));
  }
  const unbounded = specs.at(-1)?.variadic ?? false;
  const surplus = unbounded ? [] : words.slice(specs.length);
  const advice = command.rest ? `; put the ${command.rest.name} after "--"` : '';
  if (surplus.length > 0) mistakes.push(general(`"${surplus.join(' ')}" is too much${advice}`));
  return words;
}

function optionsOf(specs: Options, given: Readonly<Record<string, unknown>>, mistakes: FieldViolation[]): never {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name];
    if (spec.type === 'flag') values[name] = value === true;
    else if (value === undefined) {
      if (spec.required) mistakes.push(general(`${dashed(name)} is missing: ${lowerFirst(spec.summary)}`));
    } else {
      const read = readOption(spec, String(value));
      if ('value' in read) values[name] = read.value;
      else mistakes.push({ field: dashed(name), description: read.problem });
    }
  }
  return values as never;
}

type Read = { readonly value: string | readonly string[] } | Parsed;

function readOption(spec: OptionSpec, text: string): Read {
  const words = spec.type === 'list' ? text.split(',').map((word) => word.trim()) : [text];
  const wrong = words.filter((word) => word === '' || (spec.choices && !spec.choices.includes(word)));
  if (spec.choices && wrong.length > 0) {
    return { problem: `must be ${spec.choices.join(' or ')}, is "${wrong.join('" and "')}"` };
  }
  const [problem] = words.flatMap((word) => spec.problemOf?.(word) ?? []);
  if (problem !== undefined) return { problem };
  if (spec.type === 'list') return { value: words };
  if (spec.type === 'text') return { value: text };
  return spec.type === 'size' ? parseMebibytes(text, spec.zero) : parseCount(text, spec.zero);
}

/** The help of one command. */
export async function commandHelp(path: string, command: Command, columns: number): Promise<string> {
  const width = Math.min(columns, 100);
  const words = [...(command.positionals ?? []), ...(command.rest ? [command.rest] : [])];
  const nameWidth = Math.max(0, ...words.map(({ name }) => name.length));
  const argumentLines = words.map(({ name, summary }) => `  ${name.toUpperCase().padEnd(nameWidth)}  ${summary}`);
  const common = commonOptions(command);
  const parser = parserOf({ ...command.options, ...common }, { typed: false }).wrap(width);
  parser.group(Object.keys(command.options ?? {}), 'Options:').group(Object.keys(common), 'Common options:');
  const options = (await parser.getHelp()).trim();
  const sections = [`${command.summary}.`, `Usage: ${usageOf(path, command)}`];
  if (command.description) sections.splice(1, 0, wrap(command.description, width));
  if (argumentLines.length > 0) sections.push(['Arguments:', ...argumentLines].join('\n'));
  sections.push(options, ['Examples:', ...exampleLines(command)].join('\n'));
  return sections.join('\n\n');
}

/** Its usage in one line, such as "banger vm ssh [NAME] [options] [-- command...]". */
export function usageOf(path: string, command: Command): string {
  const required = Object.entries(command.options ?? {}).filter(([, spec]) => spec.required);
  const requiredOptions = required.map(([name]) => `${dashed(name)} ${name.toUpperCase()}`);
  const usage = ['banger', path, ...(command.positionals ?? []).map(positionalUsage), ...requiredOptions, '[options]'];
  if (command.rest) usage.push(`[-- ${command.rest.name}...]`);
  return usage.join(' ');
}

function exampleLines(command: Command): string[] {
  const width = Math.max(...command.examples.map(([line]) => line.length));
  return command.examples.map(([line, does]) => `  banger ${line.padEnd(width)}  ${does}`);
}

function positionalUsage({ name, optional, variadic, unless }: PositionalSpec): string {
  const word = `${name.toUpperCase()}${variadic ? '...' : ''}`;
  return optional || unless !== undefined ? `[${word}]` : word;
}

/** Untyped, for help, it leaves out yargs's notes such as [string]. */
function parserOf(specs: Options, { typed } = { typed: true }): Argv {
  const parser = yargs([]).help(false).version(false).exitProcess(false).locale('en').parserConfiguration({
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'duplicate-arguments-array': true,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'populate--': true,
    'strip-aliased': true,
  });
  for (const [name, spec] of Object.entries(specs)) {
    const flag = spec.type === 'flag';
    parser.option(name, {
      alias: spec.alias,
      describe: spec.choices ? `${spec.summary} (${spec.choices.join(', ')})` : spec.summary,
      ...(typed && { type: flag ? 'boolean' : 'string', requiresArg: !flag }),
    });
  }
  return parser as Argv;
}

export const dashed = (name: string) => (name.length === 1 ? `-${name}` : `--${name}`);
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
