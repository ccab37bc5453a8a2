import { allOptions, type Described, type DescribedCommand } from './describe.js';
import { spellings, type Values, valuesOfOption, valuesOfWords } from './values.js';

/** The completion for bash: one `case` over the words before the cursor, made of the commands. */
export function bashCompletion({ groups, singles }: Described): string {
  const first = [...groups.map(({ name }) => name), ...singles.map(({ verb }) => verb), 'help'];
  const arms = [
    ...groups.flatMap(({ name, commands }) => [
      `    ${quoted(`${name} `)})\n      _banger_words ${quoted(commands.map(({ verb }) => verb).join(' '))}\n      ;;`,
      ...commands.map(commandArm),
    ]),
    ...singles.map(commandArm),
  ];
  return `# bash completion for banger; made from its commands.

_banger_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_banger_names() {
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" internal names "$1" 2>/dev/null)" -- "$key$cur"))
  COMPREPLY=("\${COMPREPLY[@]#"$key"}")
}

_banger_files() {
  compopt -o default
}

_banger() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at=$((COMP_CWORD - 1)) key='' before='' i prev
  COMPREPLY=()
  # "=" stands as a word of its own: --image=debian, and once more in --label=app=ci.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ \${COMP_WORDS[at]} == = ]]; then
    ((at--))
  fi
  if ((at < COMP_CWORD - 1)) || [[ \${COMP_WORDS[COMP_CWORD]} == = ]] && [[ \${COMP_WORDS[at]} != -* ]]; then
    key="\${COMP_WORDS[at]}="
    ((at--))
    [[ \${COMP_WORDS[at]} == = ]] && ((at--))
  fi
  prev=\${COMP_WORDS[at]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --) _banger_files; return ;;
      -* | =) ;;
      *) before+="\${COMP_WORDS[i]} " ;;
    esac
  done
  case $before in
    '')
      _banger_words ${quoted([...first, '--help', '--version'].join(' '))}
      ;;
${arms.join('\n')}
  esac
}

complete -F _banger banger
`;
}

/** After the words of a command: the value of the option before the cursor, an option, or what the command takes. */
function commandArm(described: DescribedCommand): string {
  const options = allOptions(described.command);
  const taking = options.flatMap((option) => {
    const values = valuesOfOption(option);
    return values === undefined ? [] : [`        ${spellings(option).join(' | ')}) ${offer(values)} ;;`];
  });
  const flags = quoted(options.flatMap(spellings).join(' '));
  const lines = [
    `    ${quoted(`${described.path} `)}*)`,
    '      case $prev in',
    ...taking,
    '        *)',
    `          if [[ $cur == -* ]]; then _banger_words ${flags}; else ${offer(valuesOfWords(described))}; fi`,
    '          ;;',
    '      esac',
    '      ;;',
  ];
  return lines.join('\n');
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `_banger_words ${quoted(values.words.join(' '))}`;
    case 'names':
      return `_banger_names ${values.of}`;
    case 'files':
      return '_banger_files';
    case 'none':
      return ':';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
