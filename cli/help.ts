import { variables } from './environment.js';
import { type Group, groups, type LoadCommand, singles } from './registry.js';
import { visibleGroups } from './route.js';

/** What banger is, in one line. */
export const tagline = 'Real virtual machines with names that resolve';

/** The help of banger as a whole. */
export async function topHelp(): Promise<string> {
  const lines = visibleGroups().map((name) => {
    const verbs = Object.keys(groups[name]?.commands ?? {}).join(', ');
    return [name, `${groups[name]?.summary}: ${verbs}`] as const;
  });
  const alone = await summaries(singles);
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
${twoColumns(await summaries(group.commands))}

\`banger ${name} COMMAND --help\` tells more, with examples.`;
}

/** One after the other: all lie in one bundle, so that nothing is gained by several at once. */
async function summaries(commands: Readonly<Record<string, LoadCommand>>): Promise<(readonly [string, string])[]> {
  const rows: (readonly [string, string])[] = [];
  for (const [verb, load] of Object.entries(commands)) rows.push([verb, (await load()).command.summary]);
  return rows;
}

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
