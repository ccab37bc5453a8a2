import { resolvePaths } from '../../lib/paths.js';
import { variables } from '../environment.js';
import { exitCodeOfKind, exitCodes } from '../errors.js';
import { tagline } from '../help.js';
import { dashed, globalOptions, usageOf } from '../yargs.js';
import type { Described, DescribedCommand, DescribedGroup, NamedOption } from './describe.js';
import { bold, type Page, paragraph, prose, section, subsection, tagged, text, verbatim } from './roff.js';

/** The pages of the manual: banger(1) for all, one for each group of commands, bangerd(8). */
export function manualPages(described: Described, version: string): Page[] {
  const groups = described.groups.map((group) => groupPage(group, version));
  return [topPage(described, version), ...groups, daemonPage(version)];
}

function topPage({ groups, singles }: Described, version: string): Page {
  const body = [
    section('SYNOPSIS'),
    `${bold('banger')} COMMAND [options]`,
    section('DESCRIPTION'),
    prose(
      'Every command prints its help, with examples, with --help, and JSON for programs with --json. The groups of ' +
        'commands have pages of their own.',
    ),
    section('COMMANDS'),
    ...groups.flatMap(({ name, summary, commands }) => [
      subsection(`${summary}, banger-${name}(1)`),
      ...commands.map(({ path, command }) => tagged(bold(`banger ${path}`), `${prose(command.summary)}.`)),
    ]),
    ...singles.flatMap((single) => commandPart(single)),
    section('COMMON OPTIONS'),
    ...Object.entries(globalOptions).map(optionPart),
    section('EXIT STATUS'),
    ...exitMeanings.map(([code, meaning]) => tagged(bold(String(code)), prose(meaning))),
    ...environment(),
    ...files(),
    section('SEE ALSO'),
    [...groups.map(({ name }) => `${bold(`banger-${name}`)}(1)`), `${bold('bangerd')}(8)`].join(', '),
  ];
  return { name: 'banger', number: 1, summary: lowerFirst(tagline), version, body };
}

function groupPage({ name, summary, commands }: DescribedGroup, version: string): Page {
  const body = [
    section('SYNOPSIS'),
    ...commands.flatMap(({ path, command }, index) => [...(index > 0 ? ['.br'] : []), text(usageOf(path, command))]),
    section('COMMANDS'),
    ...commands.flatMap(commandPart),
    section('COMMON OPTIONS'),
    ...Object.entries(globalOptions).map(optionPart),
    section('SEE ALSO'),
    `${bold('banger')}(1), ${bold('bangerd')}(8)`,
  ];
  return { name: `banger-${name}`, number: 1, summary: lowerFirst(summary), version, body };
}

/** Everything that its --help says. */
function commandPart({ path, command }: DescribedCommand): string[] {
  const words = [...(command.positionals ?? []), ...(command.rest ? [command.rest] : [])];
  return [
    subsection(`banger ${path}`),
    `${prose(command.summary)}.`,
    ...(command.description === undefined ? [] : [paragraph(prose(command.description))]),
    ...words.map(({ name, summary }) => tagged(text(name.toUpperCase()), prose(summary))),
    ...Object.entries(command.options ?? {}).map(optionPart),
    paragraph('Examples:'),
    ...command.examples.map(([line, does]) => tagged(bold(`banger ${line}`), prose(does))),
  ];
}

function optionPart([name, spec]: NamedOption): string {
  const value = spec.type === 'flag' ? '' : ` ${text(name.toUpperCase())}`;
  const spellings = [...(spec.alias === undefined ? [] : [dashed(spec.alias)]), dashed(name)];
  const choices = spec.choices === undefined ? '' : ` (${spec.choices.join(', ')})`;
  return tagged(`${spellings.map(bold).join(', ')}${value}`, prose(spec.summary + choices));
}

export const exitMeanings: readonly (readonly [number, string])[] = [
  [exitCodes.ok, 'Done.'],
  [exitCodes.internal, 'A bug in banger.'],
  [exitCodes.usage, 'The command line or the request is wrong.'],
  [exitCodeOfKind['not-found'], 'Not found.'],
  [exitCodeOfKind.exists, 'It exists already.'],
  [exitCodeOfKind['wrong-state'], 'Not in this state of the VM or the host.'],
  [exitCodeOfKind.conflict, 'Another change got in between.'],
  [exitCodeOfKind.exhausted, 'No address, disk or memory is left.'],
  [exitCodeOfKind.unavailable, 'A service is down or too slow.'],
  [exitCodeOfKind.unsupported, 'Not on this host.'],
  [exitCodes.interrupted, 'Ended by Ctrl-C.'],
];

function daemonPage(version: string): Page {
  const body = [
    section('SYNOPSIS'),
    `${bold('bangerd')} [take-over|check]`,
    section('DESCRIPTION'),
    prose(
      'Starts the services netd, imaged, vmm and dnsd, watches them, and starts those again that end. It stays in the ' +
        'foreground, writes its log to standard error, and needs root, for taps and routes. `banger daemon start` and ' +
        'the unit banger.service start it.',
    ),
    paragraph(prose('VMs are no children of it: they go on while it stops, restarts or is replaced by a newer one.')),
    tagged(bold('take-over'), prose('It has the daemon that runs hand its services over: `banger daemon restart`.')),
    tagged(bold('check'), prose('It finds out whether it could take over, changes nothing, and ends with 0 or 1.')),
    section('SIGNALS'),
    tagged(bold('SIGTERM, SIGINT'), prose('It stops the services in order, and ends. A second one ends it at once.')),
    section('EXIT STATUS'),
    tagged(bold('0'), prose('It was told to stop.')),
    tagged(bold('1'), prose('It could not start, or not stop in order.')),
    tagged(bold('78'), prose('Its configuration is wrong: another start would end the same way.')),
    ...environment(),
    ...files(),
    section('SEE ALSO'),
    `${bold('banger')}(1), ${bold('banger-daemon')}(1), ${bold('banger-service')}(1)`,
  ];
  return { name: 'bangerd', number: 8, summary: 'keep the services of banger up', version, body };
}

const root = resolvePaths({}, 0);
const user = resolvePaths({ HOME: '/~' }, 1000);

function environment(): string[] {
  return [section('ENVIRONMENT'), ...variables.map(({ name, is }) => tagged(bold(name), `${prose(is)}.`))];
}

function files(): string[] {
  const places: [string, string][] = [
    [root.configFile, 'The configuration; none is needed.'],
    [root.stateDir, 'What is kept: the records and disks of VMs, images, kernels, logs.'],
    [root.runDir, 'Sockets. Root, and members of the group that this folder belongs to, may use them.'],
  ];
  const others = [user.configFile, user.stateDir, user.runDir].map((path) =>
    path.replace('/~/', '~/').replace('1000', 'UID'),
  );
  return [
    section('FILES'),
    ...places.map(([path, is]) => tagged(bold(path), prose(is))),
    paragraph(prose('For other users than root, in this order:')),
    verbatim(others),
  ];
}

function lowerFirst(words: string): string {
  return /^[A-Z][a-z ]/.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words;
}
