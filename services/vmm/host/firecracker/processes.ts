import { readdir } from '../../../../lib/host/files.js';
import { commandLine, identify, isOurUsers } from '../../../../lib/host/process.js';
import type { ProcessIdentity } from '../../domain/vm.js';
import { foundByArgs, type Marks } from './args.js';
import { type Jails, livesIn } from './jail.js';

/** A process of ours that runs, or is about to run, a VM. */
export interface FoundProcess {
  readonly uid: string;
  readonly process: ProcessIdentity;
  /** The root of its jail; absent when it is in none. */
  readonly jailRoot?: string;
}

/** All of them. Everyone may start a program with our command line: only our user, or who is in a jail of ours, counts. */
export async function findProcesses(marks: Marks, jails: Jails): Promise<FoundProcess[]> {
  const [names, known] = await Promise.all([readdir('/proc'), jails.list()]);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => processAt(pid, marks, known)));
  return found.filter((each) => each !== undefined);
}

type KnownJails = Awaited<ReturnType<Jails['list']>>;

async function processAt(pid: number, marks: Marks, jails: KnownJails): Promise<FoundProcess | undefined> {
  const found = foundByArgs(commandLine(pid) ?? [], marks);
  const process = found && identify(pid);
  if (found === undefined || process === undefined) return undefined;
  const { uid, as } = found;
  const roots = jails.filter((jail) => jail.uid === uid).map(({ root }) => root);
  if (as === 'plain') return isOurUsers(pid) ? { uid, process } : undefined;
  if (as === 'jailer') return isOurUsers(pid) ? { uid, process, jailRoot: roots[0] } : undefined;
  for (const jailRoot of roots) if (await livesIn(pid, jailRoot)) return { uid, process, jailRoot };
  return undefined;
}
