import { ofOwnAccord } from '../lib/context.js';
import { BangerError } from '../lib/errors.js';
import { createContext, type Surroundings } from './context.js';
import type { Command, Result } from './define-command.js';
import { exitCodes, usageError } from './errors.js';
import { allMistakes } from './mistakes.js';
import { namesOf, type OutputKind } from './parse/output.js';
import { styleFor } from './render/style.js';
import { report, reportAll } from './report.js';
import type { CommandRoute } from './route.js';
import { mendStaleDaemon } from './stale.js';
import { commandHelp, judge, split, type Words } from './yargs.js';

/** Runs one command, or shows its help. Resolves with the exit code. */
export async function runCommand({ path, load, args }: CommandRoute, around: Surroundings): Promise<number> {
  const { command } = await load();
  const words = split(command, args);
  if (!words.help) return execute(path, command, words, around);
  around.stdout.write(`${await commandHelp(path, command, around.stdout.columns ?? 80)}\n`);
  return exitCodes.ok;
}

async function execute(path: string, command: Command, words: Words, around: Surroundings): Promise<number> {
  const judged = judge(command, words);
  const { context, close } = createContext(around, { json: words.output === 'json', quiet: words.quiet });
  try {
    if (judged.mistakes.length > 0) {
      throw usageError(await allMistakes(context, command, judged), `banger ${path} --help`);
    }
    await mendStaleDaemon(context, path);
    // One id for all that the services do for this command: in their logs, their events and their errors.
    const result = await ofOwnAccord(path, () => command.run(context, judged.call as never));
    context.progress.end();
    return result === undefined ? exitCodes.ok : show(result, words.output, around);
  } catch (error) {
    context.progress.end();
    // Ctrl-C may show as whatever the wait for it failed with.
    const reason = context.signal.aborted && !(error instanceof BangerError) ? context.signal.reason : error;
    return report(reason, words.output === 'json', around);
  } finally {
    close();
  }
}

function show(result: Result, output: OutputKind, around: Surroundings): number {
  const text = shown(result, output, around);
  if (text) around.stdout.write(`${text}\n`);
  return reportAll(result.errors ?? [], output === 'json', around) ?? result.exitCode ?? exitCodes.ok;
}

function shown({ json, names, text }: Result, output: OutputKind, { stdout, env }: Surroundings): string {
  if (output === 'json') return JSON.stringify(json, null, 2);
  if (output === 'name') return (names ?? namesOf(json)).join('\n');
  return text(styleFor(stdout, env, output === 'wide'));
}
