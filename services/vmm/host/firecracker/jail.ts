import { basename, join } from 'node:path';
import { runCommand } from '../../../../lib/host/command.js';
import {
  chmod,
  chown,
  ensureFolder,
  link,
  readdir,
  readFile,
  realpath,
  removePath,
  stat,
  writeFile,
} from '../../../../lib/host/files.js';
import { bootFileMissing, jailNotCleared } from '../../domain/errors.js';
import { isUid } from '../../domain/vm.js';

/** A file that goes into a jail, and under which name. */
export interface Inmate {
  readonly source: string;
  /** Relative to the root of the jail. */
  readonly name: string;
  /** Whose it becomes; absent for a file that others share, which stays whose it is. */
  readonly owner?: number;
}

/**
 * The jails of Firecracker's jailer: BASE/PROGRAM/UID/root, a chroot per VM. The jailer makes the devices and copies its
 * program; everything else that the VM needs is put there by us before, and taken away by us afterwards.
 */
export class Jails {
  constructor(private readonly base: string) {}

  /** Where a VM's jail is. The jailer names the folder between after the program's file. */
  async root(program: string, uid: string): Promise<string> {
    return join(this.base, basename(await realpath(program)), uid, 'root');
  }

  /** Makes a jail that the jailer can use: it refuses one that has been used before. */
  async assemble(root: string, inmates: readonly Inmate[], owner: number): Promise<void> {
    await this.clear(root);
    // The jailer gives the root to its user; that user needs none of the folders above.
    await ensureFolder(root, 0o700);
    await chown(root, owner, owner);
    for (const inmate of inmates) await admit(root, inmate);
  }

  /** Takes a jail away with everything in it. Succeeds when there is none. */
  async clear(root: string): Promise<void> {
    await unmountBelow(root);
    await removePath(join(root, '..'));
  }

  /** All jails, by VM; one VM has two when its program was replaced by one of another name. */
  async list(): Promise<{ readonly uid: string; readonly root: string }[]> {
    const programs = await namesIn(this.base);
    const jails = programs.map(async (program) => {
      const uids = await namesIn(join(this.base, program));
      return uids.filter(isUid).map((uid) => ({ uid, root: join(this.base, program, uid, 'root') }));
    });
    return (await Promise.all(jails)).flat();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(missing)) ?? [];
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** A hard link, which vanishes with the jail and costs nothing; a bind mount where the file is on another file system. */
async function admit(root: string, { source, name, owner }: Inmate): Promise<void> {
  const target = join(root, name);
  try {
    if (owner !== undefined) {
      await chown(source, owner, owner);
      await chmod(source, 0o600);
    }
    await link(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw bootFileMissing(source, error);
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
    await writeFile(target, '');
    await runCommand(['mount', '--bind', source, target]);
  }
}

async function unmountBelow(root: string): Promise<void> {
  // The last mounted first: one may be on top of another.
  for (const path of (await mountsBelow(root)).toReversed()) {
    await runCommand(['umount', path]).catch((cause: Error) => {
      throw jailNotCleared(root, cause.message, cause);
    });
  }
}

/** Mount points in a tree, from field 5 of /proc/self/mountinfo, where octal escapes stand for blanks: proc(5). */
async function mountsBelow(root: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '');
  const paths = points.map((point) =>
    point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
  // The kernel names them without symbolic links.
  const real = await realpath(root).catch(missing);
  return real === undefined ? [] : paths.filter((path) => path.startsWith(`${real}/`));
}

/** Whether a process lives in this jail: its root is the jail's, whatever path it has in its own mount namespace. */
export async function livesIn(pid: number, root: string): Promise<boolean> {
  const [its, ours] = await Promise.all([stat(`/proc/${pid}/root/`).catch(gone), stat(root).catch(gone)]);
  return its !== undefined && ours !== undefined && its.dev === ours.dev && its.ino === ours.ino;
}

function gone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ESRCH' || error.code === 'EACCES') return undefined;
  throw error;
}
