import { runBuildTool } from './build-tool.js';

/**
 * What programs of a build take for the time, in seconds since 1970: the one of 2024. It comes to stand in files, such
 * as that of passwords. Files get other times: `levelTimes`.
 */
export const buildEpoch = 1_704_067_200;

const timeoutMs = 5 * 60_000;
/** File systems count time in larger steps than clocks do. */
const graceSeconds = 2;

/**
 * Gives everything in a tree that was changed since `begin` the time of the newest that was not: those come from
 * packages, whose files bear the same times on every machine. `wrapper` goes before the commands.
 */
export async function levelTimes(
  tree: string,
  begin: Date,
  wrapper: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const since = Math.floor(begin.getTime() / 1000) - graceSeconds;
  const { stdout } = await find(tree, ['-not', ...after(since), '-printf', '%T@\n'], wrapper, signal);
  await setTimes(tree, since, newestOf(stdout.split('\n')), wrapper, signal);
}

/** Gives everything in a tree that was changed after `newest`, in seconds since 1970, that time. */
export function capTimes(tree: string, newest: number, wrapper: readonly string[], signal: AbortSignal): Promise<void> {
  return setTimes(tree, newest, newest, wrapper, signal);
}

async function setTimes(
  tree: string,
  since: number,
  time: number,
  wrapper: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const touch = ['touch', '--no-dereference', '--date', `@${time}`, '{}', '+'];
  await find(tree, [...after(since), '-exec', ...touch], wrapper, signal);
}

function after(seconds: number): string[] {
  return ['-newermt', `@${seconds}`];
}

function find(tree: string, tests: readonly string[], wrapper: readonly string[], signal: AbortSignal) {
  return runBuildTool([...wrapper, 'find', tree, ...tests], { programName: 'find', signal, timeoutMs });
}

/** In whole seconds, as packages have them; the epoch of the build when there is none. */
export function newestOf(times: readonly string[]): number {
  const seconds = times.map((time) => Math.floor(Number(time))).filter((time) => time > 0);
  return seconds.length === 0 ? buildEpoch : seconds.reduce((a, b) => Math.max(a, b));
}
