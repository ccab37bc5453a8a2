import { serviceNames } from '../../lib/paths.js';
import type { NameKind } from '../commands/internal/names.js';
import type { OptionSpec } from '../define-command.js';
import type { DescribedCommand, NamedOption } from './describe.js';

/** What a shell can offer for a word. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** What `banger internal names` prints. */
  | { readonly kind: 'names'; readonly of: NameKind }
  | { readonly kind: 'files' }
  | { readonly kind: 'none' };

const none: Values = { kind: 'none' };

/** Undefined for an option that takes no value. */
export function valuesOfOption([name, spec]: NamedOption): Values | undefined {
  if (spec.type === 'flag') return undefined;
  if (spec.choices !== undefined) return { kind: 'words', words: spec.choices };
  return kindOfOption[name] ?? (spec.type === 'text' ? valuesNamed(name) : none);
}

const kindOfOption: Readonly<Record<string, Values>> = {
  selector: { kind: 'names', of: 'label' },
  label: { kind: 'names', of: 'label' },
  unlabel: { kind: 'names', of: 'label-key' },
  host: { kind: 'names', of: 'vm' },
};

/** Words that create something are free; elsewhere a name is one of what is there. */
const creating = ['create', 'build', 'import'];
/** Deleted VMs have their names too. */
const ofTrash = ['vm restore', 'vm purge'];

/** Of the words that are no options: all of a command take the same, and only the first tells. */
export function valuesOfWords({ path, verb, command }: DescribedCommand): Values {
  const [first] = command.positionals ?? [];
  if (first === undefined) return none;
  if (ofTrash.includes(path)) return { kind: 'names', of: 'trash' };
  const [group = ''] = path.split(' ');
  const name = first.name === 'name' && !creating.includes(verb) ? group : first.name;
  return name === 'service' ? { kind: 'words', words: serviceNames } : valuesNamed(name);
}

function valuesNamed(name: string): Values {
  if (name === 'vm' || name === 'image' || name === 'kernel') return { kind: 'names', of: name };
  return /(^|-)(file|dir|path|archive|manifest|script|output|vmlinux|initrd)$/.test(name) ? { kind: 'files' } : none;
}

/** "--name", and "-n" where it has a letter too. */
export function spellings([name, { alias }]: readonly [string, OptionSpec]): string[] {
  return [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])];
}
