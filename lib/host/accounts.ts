import { runCommand } from './command.js';

/** The host's users and groups, from wherever it has them: getent(1). Undefined when there is none of that name. */

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The number of a group, by its name or number. */
export async function groupId(name: string): Promise<number | undefined> {
  const fields = await entry('group', name);
  return fields && Number(fields[2]);
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
