import yargs, { type Argv } from 'yargs';
import type { Call, Command, OptionSpec } from './define-command.js';
import { usageError } from './errors.js';
import { parseCount, parseMebibytes } from './parse/size.js';
import { suggest } from './parse/suggest.js';
import { wrap } from './render/text.js';

/** The one place that knows yargs: it splits the words of a command line and lays out help. */

const globalOptions = {
  json: { type: 'flag', summary: 'Print JSON for programs; errors too, on standard error' },
  quiet: { type: 'flag', alias: 'q', summary: 'Show no progress' },
  help: { type: 'flag', alias: 'h', summary: 'Show this help' },
} as const satisfies Record<string, OptionSpec>;

type Options = Readonly<Record<string, OptionSpec>>;

/** The words of a command line, split and not yet judged. */
export interface Words {
  readonly given: Readonly<Record<string, unknown>>;
  /** What yargs could not make sense of. */
  readonly problem: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

export function split(command: Command, args: readonly string[]): Words {
  let problem: string | undefined;
  const parser = parserOf({ ...command.options, ...globalOptions }).fail((message, error) => {
    problem = message ?? error.message;
  });
  const given = parser.parseSync([...args]) as Record<string, unknown>;
  return { given, problem, json: given.json === true, quiet: given.quiet === true, help: given.help === true };
}

/** Checks the words against what the command declares. Reports every mistake at once, as USAGE. */
export function judge(path: string, command: Command, { given, problem }: Words): Call<Options> {
  const mistakes: string[] = [];
  if (problem !== undefined) mistakes.push(problem.replace('Not enough arguments following:', 'no value after'));
  mistakes.push(...unknownOptions(command, given));
  const positionals = positionalsOf(command, (given._ as unknown[]).map(String), mistakes);
  const options = optionsOf(command.options ?? {}, given, mistakes);
  const rest = given['--'] as string[] | undefined;
  if (rest !== undefined && command.rest === undefined) mistakes.push('nothing can stand after "--" here');
  if (mistakes.length > 0) throw usageError(mistakes, `banger ${path} --help`);
  return { options, positionals, rest: rest?.map(String) };
}

function unknownOptions(command: Command, given: Readonly<Record<string, unknown>>): string[] {
  const specs: Options = { ...command.options, ...globalOptions };
  const known = Object.entries(specs).flatMap(([name, { alias }]) => (alias ? [name, alias] : [name]));
  return Object.keys(given)
    .filter((name) => !['_', '$0', '--', ...known].includes(name))
    .map((name) => {
      const meant = suggest(name, Object.keys(specs));
      return `there is no option ${dashed(name)}${meant ? `; did you mean ${dashed(meant)}?` : ''}`;
    });
}

function positionalsOf(
  command: Command,
  words: readonly string[],
  mistakes: string[],
): readonly (string | undefined)[] {
  const specs = command.positionals ?? [];
  const missing = specs.filter((spec, i) => !spec.optional && words[i] === undefined);
  for (const { name, summary } of missing) mistakes.push(`${name.toUpperCase()} is missing: ${lowerFirst(summary)}`);
  const unbounded = specs.at(-1)?.variadic ?? false;
  const surplus = unbounded ? [] : words.slice(specs.length);
  const advice = command.rest ? `; put the ${command.rest.name} after "--"` : '';
  if (surplus.length > 0) mistakes.push(`"${surplus.join(' ')}" is too much${advice}`);
  return words;
}

function optionsOf(specs: Options, given: Readonly<Record<string, unknown>>, mistakes: string[]): never {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name];
    if (spec.type === 'flag') values[name] = value === true;
    else if (value === undefined) {
      if (spec.required) mistakes.push(`${dashed(name)} is missing: ${lowerFirst(spec.summary)}`);
    } else values[name] = readOption(name, spec, String(value), mistakes);
  }
  return values as never;
}

function readOption(name: string, spec: OptionSpec, text: string, mistakes: string[]): string | number | undefined {
  if (spec.choices && !spec.choices.includes(text)) {
    mistakes.push(`${dashed(name)} must be ${spec.choices.join(' or ')}, is "${text}"`);
  }
  if (spec.type === 'text') return text;
  const parsed = spec.type === 'size' ? parseMebibytes(text, spec.zero) : parseCount(text, spec.zero);
  if ('value' in parsed) return parsed.value;
  mistakes.push(`${dashed(name)} ${parsed.problem}`);
  return undefined;
}

/** The help of one command. */
export async function commandHelp(path: string, command: Command, columns: number): Promise<string> {
  const width = Math.min(columns, 100);
  const required = Object.entries(command.options ?? {}).filter(([, spec]) => spec.required);
  const requiredOptions = required.map(([name]) => `${dashed(name)} ${name.toUpperCase()}`);
  const usage = ['banger', path, ...(command.positionals ?? []).map(positionalUsage), ...requiredOptions, '[options]'];
  if (command.rest) usage.push(`[-- ${command.rest.name}...]`);
  const words = [...(command.positionals ?? []), ...(command.rest ? [command.rest] : [])];
  const nameWidth = Math.max(0, ...words.map(({ name }) => name.length));
  const argumentLines = words.map(({ name, summary }) => `  ${name.toUpperCase().padEnd(nameWidth)}  ${summary}`);
  const parser = parserOf({ ...command.options, ...globalOptions }, { typed: false }).wrap(width);
  parser.group(Object.keys(command.options ?? {}), 'Options:').group(Object.keys(globalOptions), 'Common options:');
  const options = (await parser.getHelp()).trim();
  const sections = [`${command.summary}.`, `Usage: ${usage.join(' ')}`];
  if (command.description) sections.splice(1, 0, wrap(command.description, width));
  if (argumentLines.length > 0) sections.push(['Arguments:', ...argumentLines].join('\n'));
  sections.push(options, ['Examples:', ...exampleLines(command)].join('\n'));
  return sections.join('\n\n');
}

function exampleLines(command: Command): string[] {
  const width = Math.max(...command.examples.map(([line]) => line.length));
  return command.examples.map(([line, does]) => `  banger ${line.padEnd(width)}  ${does}`);
}

function positionalUsage({
  name,
  optional,
  variadic,
}: {
  name: string;
  optional?: boolean;
  variadic?: boolean;
}): string {
  const word = `${name.toUpperCase()}${variadic ? '...' : ''}`;
  return optional ? `[${word}]` : word;
}

/** Untyped, for help, it leaves out yargs's notes such as [string]. */
function parserOf(specs: Options, { typed } = { typed: true }): Argv {
  const parser = yargs([]).help(false).version(false).exitProcess(false).locale('en').parserConfiguration({
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'duplicate-arguments-array': false,
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

const dashed = (name: string) => (name.length === 1 ? `-${name}` : `--${name}`);
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
