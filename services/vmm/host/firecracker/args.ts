import { isUid } from '../../domain/vm.js';

/** The command lines of Firecracker and its jailer, and how their processes are known again by them. */

export interface PlainLaunch {
  /** The Firecracker program, absolute. */
  readonly program: string;
  readonly uid: string;
  readonly apiSocket: string;
  /** Named here too, so that what it says before its first request does not stand on the console. */
  readonly log: string;
}

export interface JailedLaunch {
  readonly jailer: string;
  /** The Firecracker program, absolute; the jailer copies it. */
  readonly program: string;
  readonly uid: string;
  /** The user and group that Firecracker runs as. */
  readonly user: number;
  readonly group: number;
  /** The jail is BASE/PROGRAM'S NAME/UID/root. The base must exist. */
  readonly chrootBase: string;
  /** As it is called in the jail. */
  readonly log: string;
  /** Absent where there is no cgroup v2 to use. */
  readonly cgroup?: {
    /** Relative to the root of the hierarchy; the VM gets one of its own in it, by its uid. */
    readonly parent: string;
    /** Such as "memory.max=300M". */
    readonly limits: readonly string[];
  };
}

/** Where the jailer's Firecracker makes its API socket, as it is called in the jail: the only folder that it may write. */
export const jailedApiSocket = '/run/api.sock';

/** Every process holds 20 files and more, and one for each vsock connection, of which there may be 1023. */
const openFiles = 4096;

/** What else there is to set up goes through the API. */
export function plainArgs({ program, uid, apiSocket, log }: PlainLaunch): string[] {
  const limited = ['prlimit', `--nofile=${openFiles}`, '--', program];
  return [...limited, '--id', uid, '--api-sock', apiSocket, '--log-path', log];
}

/** What stands after "--" is for Firecracker; the jailer gives it the id by itself. */
export function jailerArgs({ jailer, program, uid, user, group, chrootBase, log, cgroup }: JailedLaunch): string[] {
  return [
    jailer,
    ...['--id', uid, '--exec-file', program, '--uid', `${user}`, '--gid', `${group}`],
    ...['--chroot-base-dir', chrootBase],
    ...(cgroup ? ['--cgroup-version', '2', '--parent-cgroup', cgroup.parent] : []),
    ...(cgroup?.limits ?? []).flatMap((limit) => ['--cgroup', limit]),
    ...['--resource-limit', `no-file=${openFiles}`],
    ...['--', '--api-sock', jailedApiSocket, '--log-path', log],
  ];
}

/** A guest by a configuration file, without an API: log and console come on standard output. */
export function trialArgs(program: string, configFile: string): string[] {
  // Should this service end in the middle, nobody would end the guest, which cannot power itself off.
  return ['setpriv', '--pdeathsig', 'KILL', '--', program, '--no-api', '--config-file', configFile];
}

/** What tells our processes from others. */
export interface Marks {
  readonly apiSocketOf: (uid: string) => string;
  readonly chrootBase: string;
}

export interface Found {
  readonly uid: string;
  /**
   * `plain`: Firecracker, or prlimit before it becomes that. `jailer`: the jailer before it becomes Firecracker.
   * `jailed`: Firecracker in some jail, whose arguments name no path of ours: its root has yet to be compared.
   */
  readonly as: 'plain' | 'jailer' | 'jailed';
}

/**
 * The VM that a process runs, by its arguments; undefined when it is not ours. Only what is given to options counts, for
 * a program that is a script has its interpreter before it.
 */
export function foundByArgs(argv: readonly string[], { apiSocketOf, chrootBase }: Marks): Found | undefined {
  const uid = valueAfter(argv, '--id');
  if (uid === undefined || !isUid(uid)) return undefined;
  const base = valueAfter(argv, '--chroot-base-dir');
  if (base !== undefined) return base === chrootBase ? { uid, as: 'jailer' } : undefined;
  const socket = valueAfter(argv, '--api-sock');
  if (socket === apiSocketOf(uid)) return { uid, as: 'plain' };
  return socket === jailedApiSocket ? { uid, as: 'jailed' } : undefined;
}

function valueAfter(argv: readonly string[], option: string): string | undefined {
  const at = argv.indexOf(option);
  return at < 0 ? undefined : argv[at + 1];
}
