import { variables } from './environment.js';
import { type Group, groups, type LoadCommand, singles } from './registry.js';
import { visibleGroups } from './route.js';

/**
 * What each command says of itself, by its words; `npm run build` takes it from the commands, so that a list of them loads
 * none. Not there when run from source.
 */
declare const SUMMARIES: Readonly<Record<string, string>> | undefined;

type Row = readonly [left: string, right: string];

/** What banger is, in one line. */
export const tagline = 'Real virtual machines with names that resolve';

/** The help of banger as a whole. */
export async function topHelp(): Promise<string> {
  const lines = visibleGroups().map((name) => {
    const verbs = Object.keys(groups[name]?.commands ?? {}).join(', ');
    return [name, `${groups[name]?.summary}: ${verbs}`] as const;
  });
  const alone = await summaries('', singles);
  return `${tagline}.

Usage: banger COMMAND [options]

Commands:
${twoColumns([...lines, ...alone])}

\`banger COMMAND --help\` tells more, with examples. Every command takes --json. \`banger help environment\` lists variables.

Examples:
  banger daemon start                      bring the daemon up
  banger vm create --name web              a VM that answers as web.vm
  banger vm ssh web                        log in, without a prompt
  banger vm list                           what there is`;
}

/** The variables of the environment. */
export function environmentHelp(): string {
  return `Variables of the environment that banger reads:

${twoColumns(variables.map(({ name, is }) => [name, is]))}`;
}

/** The help of one group. */
export async function groupHelp(name: string, group: Group): Promise<string> {
  return `${group.summary}.

Usage: banger ${name} COMMAND [options]

Commands:
${twoColumns(await summaries(name, group.commands))}

\`banger ${name} COMMAND --help\` tells more, with examples.`;
}

async function summaries(group: string, commands: Readonly<Record<string, LoadCommand>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [verb, load] of Object.entries(commands))
    rows.push([verb, await summaryOf(`${group} ${verb}`.trim(), load)]);
  return rows;
}

async function summaryOf(path: string, load: LoadCommand): Promise<string> {
  const known = typeof SUMMARIES === 'undefined' ? undefined : SUMMARIES[path];
  return known ?? (await load()).command.summary;
}

function twoColumns(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
