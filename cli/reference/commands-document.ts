import type { OptionSpec } from '../define-command.js';
import { dashed, globalOptions, usageOf } from '../yargs.js';
import type { Described, DescribedCommand, DescribedGroup, NamedOption } from './describe.js';
import { exitMeanings } from './man.js';
import { cell, prose, table } from './markdown-text.js';

/** The commands as a document: all that --help and the manual say, on one page. */

const introduction = `# Commands

Generated from the commands by \`npm run generate\`: change them there. \`banger COMMAND --help\` and \`man banger-GROUP\` say the same.`;

export function commandDocument({ groups, singles }: Described): string {
  const parts = [
    introduction,
    contents(groups, singles),
    '## Common options',
    optionTable(Object.entries<OptionSpec>(globalOptions)),
    '## Exit status',
    table(
      ['code', 'means'],
      exitMeanings.map(([code, meaning]) => [String(code), cell(meaning)]),
    ),
    'Commands that run a program in a VM pass on its exit code. [errors.md](../errors.md) has the reasons of errors.',
    ...groups.flatMap(({ name, summary, commands }) => [`## ${name}`, `${prose(summary)}.`, ...commands.flatMap(part)]),
    '## Commands that stand alone',
    ...singles.flatMap(part),
  ];
  return `${parts.join('\n\n')}\n`;
}

function contents(groups: readonly DescribedGroup[], singles: readonly DescribedCommand[]): string {
  const rows = groups.map(({ name, summary, commands }) => [
    commands.map(linkTo).join(', '),
    `\`${name}\`: ${cell(summary)}`,
  ]);
  const alone = singles.map((single) => [linkTo(single), cell(single.command.summary)]);
  return table(['commands', 'are for'], [...rows, ...alone]);
}

const linkTo = ({ path, verb }: DescribedCommand) => `[${verb}](#banger-${path.replaceAll(' ', '-')})`;

function part({ path, command }: DescribedCommand): string[] {
  const words = [...(command.positionals ?? []), ...(command.rest ? [command.rest] : [])];
  const options = Object.entries<OptionSpec>(command.options ?? {});
  const width = Math.max(...command.examples.map(([line]) => line.length));
  const examples = command.examples.map(([line, does]) => `banger ${line.padEnd(width)}  # ${does}`);
  return [
    `### banger ${path}`,
    `\`${usageOf(path, command)}\``,
    [command.summary, command.description]
      .flatMap((text) => (text === undefined ? [] : [sentence(prose(text))]))
      .join('\n\n'),
    ...(words.length === 0
      ? []
      : [
          table(
            ['word', 'is'],
            words.map(({ name, summary }) => [`\`${name.toUpperCase()}\``, cell(summary)]),
          ),
        ]),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    ['```sh skip=example', ...examples, '```'].join('\n'),
  ];
}

const sentence = (text: string) => (text.endsWith('.') ? text : `${text}.`);

function optionTable(options: readonly NamedOption[]): string {
  const rows = options.map(([name, { type, alias, choices, summary }]) => {
    const spellings = [...(alias === undefined ? [] : [alias]), name].map((each) => `\`${dashed(each)}\``).join(', ');
    const value = type === 'flag' ? '' : (choices?.join(', ') ?? valueNames[type]);
    return [spellings, value, cell(summary)];
  });
  return table(['option', 'value', 'is'], rows);
}

const valueNames = { text: 'text', count: 'number', size: 'size', list: 'list' } as const;
