import { suggest } from '../lib/suggest.js';
import { usageError } from './errors.js';
import { type Group, groups, type LoadCommand, singles } from './registry.js';

/** What the first words of a command line mean. */
export type Route =
  | { readonly kind: 'top' }
  | { readonly kind: 'environment' }
  | { readonly kind: 'group'; readonly name: string; readonly group: Group }
  | CommandRoute;

export interface CommandRoute {
  readonly kind: 'command';
  readonly path: string;
  readonly load: LoadCommand;
  readonly args: readonly string[];
}

/** Finds the command. Options may stand before it: `banger --json vm list`. */
export function route(argv: readonly string[]): Route {
  const start = argv.findIndex((word, i) => !word.startsWith('-') && !takesValue(argv[i - 1]));
  const options = start < 0 ? argv : argv.slice(0, start);
  const [first, ...rest] = start < 0 ? [] : argv.slice(start);
  if (options.includes('--version') || options.includes('-V')) {
    return { kind: 'command', path: 'version', load: singleOf('version'), args: without(options, '--version', '-V') };
  }
  if (first === 'help' && rest[0] === 'environment') return { kind: 'environment' };
  if (first === undefined || first === 'help') return { kind: 'top' };
  if (Object.hasOwn(singles, first)) {
    return { kind: 'command', path: first, load: singleOf(first), args: [...options, ...rest] };
  }
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  if (group === undefined) throw unknown('command', first, [...visibleGroups(), ...Object.keys(singles)], 'banger');
  return routeInGroup(first, group, options, rest);
}

/** Whether the word after it is its value: of the options that may stand before the command. */
function takesValue(word: string | undefined): boolean {
  return word === '-o' || word === '--output';
}

function routeInGroup(name: string, group: Group, options: readonly string[], words: readonly string[]): Route {
  for (const [verb, load] of Object.entries(group.commands)) {
    const length = verb.split(' ').length;
    if (words.slice(0, length).join(' ') !== verb) continue;
    return { kind: 'command', path: `${name} ${verb}`, load, args: [...options, ...words.slice(length)] };
  }
  const given = words.find((word) => !word.startsWith('-'));
  if (given === undefined || given === 'help') return { kind: 'group', name, group };
  throw unknown(`${name} command`, given, Object.keys(group.commands), `banger ${name}`);
}

export function visibleGroups(): string[] {
  return Object.keys(groups).filter((name) => groups[name]?.hidden !== true);
}

function unknown(what: string, given: string, known: readonly string[], prefix: string) {
  const meant = suggest(given, known);
  const advice = meant ? `; did you mean \`${prefix} ${meant}\`?` : '';
  return usageError([`there is no ${what} "${given}"${advice}`], `${prefix} --help`);
}

function singleOf(name: string): LoadCommand {
  const load = singles[name];
  if (load === undefined) throw new TypeError(`no command ${name}`);
  return load;
}

function without(words: readonly string[], ...left: string[]): string[] {
  return words.filter((word) => !left.includes(word));
}
