import type { Command, OptionSpec } from '../define-command.js';
import { groups, type LoadCommand, singles } from '../registry.js';
import { visibleGroups } from '../route.js';
import { commonOptions } from '../yargs.js';

/** The commands as manuals and completions see them: all that the help shows, loaded. */

export interface DescribedCommand {
  /** The words after "banger". */
  readonly path: string;
  /** The last of them. */
  readonly verb: string;
  readonly command: Command;
}

export interface DescribedGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly DescribedCommand[];
}

export interface Described {
  readonly groups: readonly DescribedGroup[];
  /** Commands that stand alone. */
  readonly singles: readonly DescribedCommand[];
}

/** Loads every command that is not hidden. */
export async function describeCommands(): Promise<Described> {
  const described: DescribedGroup[] = [];
  for (const name of visibleGroups()) {
    const { summary = '', commands = {} } = groups[name] ?? {};
    described.push({ name, summary, commands: await loadAll(commands, `${name} `) });
  }
  return { groups: described, singles: await loadAll(singles, '') };
}

async function loadAll(loaders: Readonly<Record<string, LoadCommand>>, prefix: string): Promise<DescribedCommand[]> {
  const loaded: DescribedCommand[] = [];
  for (const [verb, load] of Object.entries(loaders)) {
    loaded.push({ path: prefix + verb, verb, command: (await load()).command });
  }
  return loaded;
}

export type NamedOption = readonly [name: string, spec: OptionSpec];

/** Its own options and those of every command. */
export function allOptions(command: Command): NamedOption[] {
  return Object.entries<OptionSpec>({ ...command.options, ...commonOptions(command) });
}
