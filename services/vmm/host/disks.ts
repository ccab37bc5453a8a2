import { dirname, join } from 'node:path';
import { commonReasons, isBangerError } from '../../../lib/errors.js';
import {
  chmod,
  ensureFolder,
  lstat,
  mkdir,
  pathExists,
  readdir,
  removePath,
  rename,
  stat,
  syncFile,
  syncFolder,
  truncate,
  withStorageErrors,
  writeFile,
} from '../../../lib/host/files.js';
import type { DiskOwner, Disks, SeedEntry } from '../app/ports.js';
import { diskFailed } from '../domain/errors.js';
import { runDiskCommand } from './tools.js';
import type { VmPaths } from './vm-paths.js';

const bytesPerMib = 1024 * 1024;
/** The unit of st_blocks, whatever the file system's is: stat(2). */
const bytesPerBlock = 512;
/** Marks a folder whose removal has begun. */
const trashPrefix = '.removing-';

/** ext4 in sparse files. What is made appears under its name only when it is whole and on the disk. */
export class FileDisks implements Disks {
  constructor(private readonly vmPaths: VmPaths) {}

  paths(uid: string): { overlay: string; work: string } {
    return { overlay: this.vmPaths.overlay(uid), work: this.vmPaths.workDisk(uid) };
  }

  hasOverlay(uid: string): Promise<boolean> {
    return pathExists(this.vmPaths.overlay(uid));
  }

  async createOverlay(
    { uid, name }: DiskOwner,
    sizeMib: number,
    seed: readonly SeedEntry[],
    signal?: AbortSignal,
  ): Promise<void> {
    const seedFolder = join(this.vmPaths.stateFolder(uid), 'seed.tmp');
    await ensureFolder(this.vmPaths.stateFolder(uid));
    try {
      await removePath(seedFolder);
      await writeSeed(seedFolder, seed);
      // A small journal is plenty for one guest, and is what makes the empty disk small.
      const options = ['-J', 'size=16', '-d', seedFolder];
      await this.#makeFileSystem(`make the disk of vm ${name}`, this.vmPaths.overlay(uid), sizeMib, options, signal);
    } finally {
      await removePath(seedFolder);
    }
  }

  async ensureWork(owner: DiskOwner, sizeMib: number, signal?: AbortSignal): Promise<void> {
    const path = this.vmPaths.workDisk(owner.uid);
    if (!(await pathExists(path))) {
      return this.#makeFileSystem(`make the work disk of vm ${owner.name}`, path, sizeMib, [], signal);
    }
    await this.extendWork(owner, sizeMib);
    const what = `grow the work disk of vm ${owner.name}`;
    // 1: errors were found and corrected, e2fsck(8).
    await runDiskCommand(what, ['e2fsck', '-f', '-p', path], { signal, okExitCodes: [0, 1] });
    await runDiskCommand(what, ['resize2fs', path], { signal });
  }

  async extendWork({ uid, name }: DiskOwner, sizeMib: number): Promise<void> {
    const path = this.vmPaths.workDisk(uid);
    const { size } = await stat(path);
    if (size < sizeMib * bytesPerMib) await setSize(`grow the work disk of vm ${name}`, path, sizeMib);
  }

  /** The folder vanishes at once; a crash while its content goes leaves a trace that `list` shows. */
  async remove(uid: string): Promise<void> {
    const folder = this.vmPaths.stateFolder(uid);
    const trash = join(this.vmPaths.stateFolders, `${trashPrefix}${uid}`);
    await withStorageErrors(folder, async () => {
      await removePath(trash);
      if (await pathExists(folder)) await rename(folder, trash);
      await removePath(trash);
    });
  }

  async allocated(uid: string): Promise<number> {
    const folder = this.vmPaths.stateFolder(uid);
    if (!(await pathExists(folder))) return 0;
    const names = await readdir(folder, { recursive: true });
    const sizes = names.map(async (name) => (await lstat(join(folder, name))).blocks * bytesPerBlock);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  async list(): Promise<string[]> {
    await ensureFolder(this.vmPaths.stateFolders);
    const names = await readdir(this.vmPaths.stateFolders);
    return [...new Set(names.map((name) => (name.startsWith(trashPrefix) ? name.slice(trashPrefix.length) : name)))];
  }

  async #makeFileSystem(
    what: string,
    path: string,
    sizeMib: number,
    options: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const temporary = `${path}.tmp`;
    try {
      await withStorageErrors(path, () => writeFile(temporary, '', { mode: 0o600 }));
      await setSize(what, temporary, sizeMib);
      await runDiskCommand(what, ['mke2fs', ...fileSystemOptions, ...options, temporary], { signal });
      await syncFile(temporary);
      await rename(temporary, path);
      // The name in its folder, and the folder itself, which may be new.
      await syncFolder(dirname(path));
      await syncFolder(this.vmPaths.stateFolders);
    } finally {
      await removePath(temporary);
    }
  }
}

/** Nothing is reserved for root, and the tables are written by the guest's kernel when it needs them. */
const fileSystemOptions = [
  '-q',
  '-F',
  '-t',
  'ext4',
  '-m',
  '0',
  '-E',
  'lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0',
];

/** `upper/` and `work/` as overlayfs wants them, with the entries in `upper/`. Modes are set whatever the umask is. */
async function writeSeed(folder: string, seed: readonly SeedEntry[]): Promise<void> {
  const upper = join(folder, 'upper');
  await withStorageErrors(folder, async () => {
    await mkdir(folder, { mode: 0o700 });
    for (const path of [upper, join(folder, 'work'), join(upper, 'etc'), join(upper, 'etc/ssh')]) {
      await makeFolder(path, 0o755);
    }
    for (const { path, mode, content } of seed) {
      if (path.endsWith('/')) await makeFolder(join(upper, path), mode);
      else await writeWithMode(join(upper, path), content, mode);
    }
  });
}

async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

async function writeWithMode(path: string, content: string, mode: number): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  await chmod(path, mode);
}

async function setSize(what: string, path: string, sizeMib: number): Promise<void> {
  try {
    await withStorageErrors(path, () => truncate(path, sizeMib * bytesPerMib));
  } catch (error) {
    if (isBangerError(error, commonReasons.STORAGE_UNWRITABLE)) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'EFBIG') throw error;
    throw diskFailed(what, `the host's file system cannot hold a file of ${sizeMib} MiB; choose a smaller size`, error);
  }
}
