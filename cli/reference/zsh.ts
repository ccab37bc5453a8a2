import {
  allOptions,
  type Described,
  type DescribedCommand,
  type DescribedGroup,
  type NamedOption,
} from './describe.js';
import { spellings, type Values, valuesOfOption, valuesOfWords } from './values.js';

/** The completion for zsh: `_describe` for the words of commands, `_arguments` for what they take. */
export function zshCompletion({ groups, singles }: Described): string {
  const commands = [...groups.map(groupEntry), ...singles.map(commandEntry), 'help:Show the help'];
  return `#compdef banger
# zsh completion for banger; made from its commands.

# _arguments puts its own options before the kind of names.
_banger_names() {
  local -a names
  names=(\${(f)"$(_call_program names banger internal names $argv[-1] 2>/dev/null)"})
  compadd "\${(@)argv[1,-2]}" -a names
}

_banger() {
  local -a commands
  # Options may stand before the command: banger --json vm list.
  while (( CURRENT > 2 )) && [[ $words[2] == -* ]]; do
    if [[ $words[2] == (-o|--output) ]] && (( CURRENT > 3 )); then
      words=("$words[1]" "\${(@)words[4,-1]}")
      (( CURRENT -= 2 ))
    else
      words=("$words[1]" "\${(@)words[3,-1]}")
      (( CURRENT -= 1 ))
    fi
  done
  if (( CURRENT == 2 )); then
    commands=(
${commands.map((entry) => `      ${quoted(entry)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  shift words
  (( CURRENT -= 1 ))
  case $words[1] in
${[...groups.map(groupArm), ...singles.map((single) => commandArm(single, '    '))].join('\n')}
  esac
}

_banger "$@"
`;
}

function groupArm({ name, commands }: DescribedGroup): string {
  return `    ${quoted(name)})
      if (( CURRENT == 2 )); then
        commands=(
${commands.map((command) => `          ${quoted(commandEntry(command))}`).join('\n')}
        )
        _describe command commands
        return
      fi
      shift words
      (( CURRENT -= 1 ))
      case $words[1] in
${commands.map((command) => commandArm(command, '        ')).join('\n')}
      esac
      ;;`;
}

function commandArm(described: DescribedCommand, indent: string): string {
  const specs = [...allOptions(described.command).flatMap(optionSpecs), wordsSpec(described)];
  const lines = [
    `${quoted(described.verb)})`,
    `  _arguments ${specs.map(quoted).join(' \\\n    ')}`.replaceAll('\n', `\n${indent}`),
    '  ;;',
  ];
  return lines.map((line) => indent + line).join('\n');
}

/** One for each spelling; each leaves out the others. */
function optionSpecs(option: NamedOption): string[] {
  const [name, { summary }] = option;
  const [all, values] = [spellings(option), valuesOfOption(option)];
  const exclusions = all.length > 1 ? `(${all.join(' ')})` : '';
  const value = values === undefined ? '' : `:${escaped(name)}:${action(values)}`;
  return all.map((spelling) => {
    const sign = values === undefined ? '' : spelling.startsWith('--') ? '=' : '+';
    return `${exclusions}${spelling}${sign}[${escaped(summary)}]${value}`;
  });
}

function wordsSpec(described: DescribedCommand): string {
  const [first] = described.command.positionals ?? [];
  return first === undefined ? '*: :' : `*:${escaped(first.name)}:${action(valuesOfWords(described))}`;
}

function action(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `(${values.words.map(escaped).join(' ')})`;
    case 'names':
      return `_banger_names ${values.of}`;
    case 'files':
      return '_files';
    case 'none':
      return ' ';
  }
}

function groupEntry({ name, summary }: DescribedGroup): string {
  return `${name}:${escaped(summary)}`;
}

function commandEntry({ verb, command }: DescribedCommand): string {
  return `${verb}:${escaped(command.summary)}`;
}

/** What `_arguments` and `_describe` would read as their own. */
function escaped(text: string): string {
  return text.replace(/[\\:[\]()]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
