import { BangerError, commonReasons } from '../../../lib/errors.js';
import { type RunCommand, runCommand } from '../../../lib/host/command.js';
import { spawnChild } from '../../../lib/host/spawn.js';

/** Runs a program so that the kernel kills it when this process dies, however that dies. */
const guarded = (argv: readonly string[]) => ['setpriv', '--pdeathsig', 'KILL', '--', ...argv];
const searchPath = () => `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`;

/**
 * Runs a program of a build. It is killed when this process dies, however it dies, so that a build never goes on
 * without us: setpriv(1) asks the kernel for that. Programs of the system's folders are found whatever PATH is.
 */
export const runBuildTool: RunCommand = (argv, options = {}) =>
  runCommand(guarded(argv), {
    programName: argv[0],
    ...options,
    env: { PATH: searchPath(), ...options.env },
  });

/** What an error shows of a program's words. */
const shownLength = 2000;

/**
 * The standard output of a program of a build, as it comes; `input` is its standard input. The program is killed when
 * the reader has had enough. Fails with COMMAND_FAILED after the output of a program that failed.
 */
export async function* readBuildTool(
  argv: readonly string[],
  { input, signal }: { readonly input?: Uint8Array; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = spawnChild(guarded(argv), { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: searchPath() } });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `ended with ${code ?? killedBy}`));
  });
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = `${words}${chunk.toString('utf8')}`.slice(-shownLength);
  });
  // A program that ends before it has read all: how it ended says why.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    if (child.stdout) yield* child.stdout as AsyncIterable<Buffer>;
    const failure = await ended;
    signal.throwIfAborted();
    if (failure !== undefined) throw toolFailed(argv, failure, words.trim());
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    await ended;
  }
}

function toolFailed(argv: readonly string[], failure: string, output: string): BangerError {
  const message = `${argv[0]} ${failure}${output === '' ? '' : `: ${output}`}`;
  const metadata = { command: argv.join(' '), output };
  return new BangerError('internal', commonReasons.COMMAND_FAILED, message, { metadata });
}
