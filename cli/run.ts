import type { Surroundings } from './context.js';
import { exitCodes } from './errors.js';
import { environmentHelp, groupHelp, topHelp } from './help.js';
import { asksForJson } from './parse/output.js';
import { report } from './report.js';
import { route } from './route.js';

/**
 * Runs one command line; resolves with the exit code, never rejects. Results go to stdout, all else to stderr. What only
 * commands need, yargs above all, is loaded for them alone.
 */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  try {
    const found = route(argv);
    if (found.kind === 'top') return print(await topHelp(), around);
    if (found.kind === 'environment') return print(environmentHelp(), around);
    if (found.kind === 'group') return print(await groupHelp(found.name, found.group), around);
    const { runCommand } = await import('./run-command.js');
    return await runCommand(found, around);
  } catch (error) {
    return report(error, asksForJson(argv), around);
  }
}

function print(text: string, around: Surroundings): number {
  around.stdout.write(`${text}\n`);
  return exitCodes.ok;
}
