import { join } from 'node:path';
import { runCommand } from './command.js';
import { readTextIfExists } from './files.js';

/** The host's users and groups, from wherever it has them: getent(1). Undefined when there is none of that name. */

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The number of a group, by its name or number. */
export async function groupId(name: string): Promise<number | undefined> {
  const fields = (await groupInFile(name)) ?? (await entry('group', name));
  return fields && Number(fields[2]);
}

/**
 * The entry of a group in /etc/group, where nsswitch.conf(5) has the host look first: every service asks for one as it
 * starts, and to run a program for it takes a tenth of that. Undefined when only getent can tell.
 */
export async function groupInFile(name: string, folder = '/etc'): Promise<string[] | undefined> {
  const [sources = '', groups = ''] = await Promise.all(
    ['nsswitch.conf', 'group'].map((file) => readTextIfExists(join(folder, file))),
  );
  const order = /^[ \t]*group:(.*)$/m.exec(sources)?.[1];
  // An action in brackets may have it look further than to what it finds; without a line it looks in files alone.
  if (order !== undefined && !/^\s*files(\s+[^[\s]|\s*$)/.test(order)) return undefined;
  const entries = groups.split('\n').map((line) => line.split(':'));
  // As getent reads it, a name of digits is a number.
  return /^\d+$/.test(name) ? undefined : entries.find(([each, , gid = '']) => each === name && /^\d+$/.test(gid));
}

/** A user, by its name or number. */
export async function findAccount(name: string): Promise<Account | undefined> {
  const fields = await entry('passwd', name);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** getent ends with 2 when the database has no such entry. */
async function entry(database: string, name: string): Promise<string[] | undefined> {
  const { stdout, exitCode } = await runCommand(['getent', '--', database, name], { okExitCodes: [0, 2] });
  return exitCode === 0 ? stdout.trim().split(':') : undefined;
}
