import { ofOwnAccord } from '../lib/context.js';
import { BangerError, commonReasons } from '../lib/errors.js';
import { createContext, type Surroundings } from './context.js';
import type { Command, Result } from './define-command.js';
import { exitCodeOf, exitCodes, usageError } from './errors.js';
import { environmentHelp, groupHelp, topHelp } from './help.js';
import { allMistakes } from './mistakes.js';
import { asksForJson, namesOf, type OutputKind } from './parse/output.js';
import { errorsJson, errorText } from './render/error.js';
import { styleFor } from './render/style.js';
import { route } from './route.js';
import { mendStaleDaemon } from './stale.js';
import { commandHelp, judge, split, type Words } from './yargs.js';

/** Runs one command line; resolves with the exit code, never rejects. Results go to stdout, all else to stderr. */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  try {
    const found = route(argv);
    if (found.kind === 'top') return print(await topHelp(), around);
    if (found.kind === 'environment') return print(environmentHelp(), around);
    if (found.kind === 'group') return print(await groupHelp(found.name, found.group), around);
    const { command } = await found.load();
    const words = split(command, found.args);
    if (words.help) return print(await commandHelp(found.path, command, around.stdout.columns ?? 80), around);
    return await runCommand(found.path, command, words, around);
  } catch (error) {
    return report(error, asksForJson(argv), around);
  }
}

async function runCommand(path: string, command: Command, words: Words, around: Surroundings): Promise<number> {
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

function print(text: string, around: Surroundings): number {
  around.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

/** Prints an error; returns its exit code. */
function report(error: unknown, json: boolean, around: Surroundings): number {
  return reportAll([error], json, around) ?? exitCodes.internal;
}

/** Prints errors: for programs as one document. Returns the exit code of the first, undefined when there is none. */
function reportAll(errors: readonly unknown[], json: boolean, around: Surroundings): number | undefined {
  const [first] = errors;
  if (first === undefined) return undefined;
  const advised = errors.map((error) => withAdvice(error, around.uid));
  const style = styleFor(around.stderr, around.env);
  const text = json
    ? JSON.stringify(errorsJson(advised), null, 2)
    : advised.map((error) => errorText(error, style)).join('\n');
  around.stderr.write(`${text}\n`);
  return exitCodeOf(first);
}

/** Root's sockets cannot be seen by others: for them "start the daemon" would be the wrong advice. */
function withAdvice(error: unknown, uid: number): unknown {
  if (!(error instanceof BangerError) || error.reason !== commonReasons.SERVICE_UNREACHABLE || uid === 0) return error;
  const message = `${error.message}; a daemon that root started answers only to root, and to the group of its sockets: use sudo`;
  return new BangerError(error.kind, error.reason, message, { metadata: error.metadata });
}
