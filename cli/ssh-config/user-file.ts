import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BangerError } from '../../lib/errors.js';
import {
  type FileOwner,
  mkdir,
  readlink,
  readTextIfExists,
  realpath,
  removePath,
  stat,
  writeFileAtomic,
} from '../../lib/host/files.js';
import type { OptionSpec } from '../define-command.js';
import { reasons } from '../errors.js';

/** A user's own configuration of ssh: read, and changed without changing whose it is. */

export const fileOption = {
  type: 'text',
  summary: 'The file that ssh reads; ~/.ssh/config unless given',
} as const satisfies OptionSpec;

/** ssh takes the home of the account, whatever HOME says. */
export function userFile(given: string | undefined): string {
  return resolve(given ?? join(userInfo().homedir, '.ssh/config'));
}

/** Undefined when there is none. */
export function readUserFile(path: string): Promise<string | undefined> {
  return toldOf(path, () => readTextIfExists(path));
}

/** Undefined removes it. Where it is a link, the file that it leads to is written; mode and owner stay. */
export async function writeUserFile(path: string, text: string | undefined): Promise<void> {
  await toldOf(path, async () => {
    const target = await endOfLinks(path);
    if (text === undefined) return removePath(target);
    const before = await modeOf(target);
    // ssh keeps its folder from others, and refuses a configuration that they may write.
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFileAtomic(target, text, before?.mode ?? 0o600, before);
  });
}

async function modeOf(path: string): Promise<(FileOwner & { mode: number }) | undefined> {
  const found = await stat(path).catch(undefinedWhenMissing);
  return found && { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
}

/** Where a chain of links leads, also to what is not there yet. */
async function endOfLinks(path: string): Promise<string> {
  const there = await realpath(path).catch(undefinedWhenMissing);
  if (there !== undefined) return there;
  const link = await readlink(path).catch(undefinedWhenMissing);
  return link === undefined ? path : endOfLinks(resolve(dirname(path), link));
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

async function toldOf<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function unusable(path: string, cause: unknown): BangerError {
  const why = cause instanceof BangerError ? String(cause.metadata.code ?? cause.message) : String(cause);
  const message = `cannot change ${path}: ${why}; see to that, or put the line of \`banger ssh-config show\` at its top by hand`;
  return new BangerError('wrong-state', reasons.SSH_CONFIG_UNUSABLE, message, { metadata: { path }, cause });
}
