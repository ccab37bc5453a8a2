import { allOptions, type Described, type DescribedCommand, type NamedOption } from './describe.js';
import { type Values, valuesOfOption, valuesOfWords } from './values.js';

/** The completion for fish: a `complete` line for each word and option. */
export function fishCompletion({ groups, singles }: Described): string {
  const first = [
    ...groups.map(({ name, summary }) => [name, summary] as const),
    ...singles.map(({ verb, command }) => [verb, command.summary] as const),
    ['help', 'Show the help'] as const,
  ];
  const lines = [
    ...first.map(([word, summary]) => wordLine('__banger_at', word, summary)),
    ...groups.flatMap(({ name, commands }) => [
      ...commands.map(({ verb, command }) => wordLine(`__banger_at ${name}`, verb, command.summary)),
      ...commands.flatMap(commandLines),
    ]),
    ...singles.flatMap(commandLines),
  ];
  return `# fish completion for banger; made from its commands.

# Whether the words before the cursor, without options, begin with these.
function __banger_in
    set -l words (commandline -opc | string match -v -- '-*')
    set -e words[1]
    for i in (seq (count $argv))
        test "$words[$i]" = "$argv[$i]"; or return 1
    end
end

# Whether they are exactly these.
function __banger_at
    set -l words (commandline -opc | string match -v -- '-*')
    test (count $words) -eq (math (count $argv) + 1); and __banger_in $argv
end

complete -c banger -f
${lines.join('\n')}
`;
}

function commandLines(described: DescribedCommand): string[] {
  const condition = quoted(`__banger_in ${described.path}`);
  const words = valuesOfWords(described);
  const own = words.kind === 'none' ? [] : [`complete -c banger -n ${condition}${offer(words)}`];
  return [...own, ...allOptions(described.command).map((option) => optionLine(condition, option))];
}

function optionLine(condition: string, option: NamedOption): string {
  const [name, { alias, summary }] = option;
  const letter = alias === undefined ? '' : ` -s ${alias}`;
  const values = valuesOfOption(option);
  // -x takes a value and keeps the names of files out.
  const value = values === undefined ? '' : `${values.kind === 'files' ? ' -r' : ' -x'}${offer(values)}`;
  return `complete -c banger -n ${condition} -l ${name}${letter}${value} -d ${quoted(summary)}`;
}

function wordLine(condition: string, word: string, summary: string): string {
  return `complete -c banger -n ${quoted(condition)} -a ${word} -d ${quoted(summary)}`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return ` -a ${quoted(values.words.join(' '))}`;
    case 'names':
      return ` -a ${quoted(`(banger internal names ${values.of} 2>/dev/null)`)}`;
    case 'files':
      return ' -F';
    case 'none':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
