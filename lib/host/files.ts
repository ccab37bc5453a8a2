import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { BangerError, commonReasons } from '../errors.js';

/** The one door to the file system for writes that must be whole, and for the small questions of every service. */

/** Whom a file belongs to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes a file so that a reader, or a crash, sees the old content or the new, never a part. Makes parent folders. It belongs
 * to whom a new file does, unless `owner` is given.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  mode = 0o640,
  owner?: FileOwner,
): Promise<void> {
  await withStorageErrors(path, async () => {
    await makeFolders(dirname(path));
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const file = await fs.open(temporary, 'wx', mode);
      try {
        await file.writeFile(data);
        // Before the mode: a change of the owner takes set-user-id bits away.
        if (owner) await file.chown(owner.uid, owner.gid);
        await file.chmod(mode);
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(temporary, path);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });
}

/** Makes a rename or removal in this folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await syncFile(path);
}

/** Makes what was written to a file durable, whoever wrote it: fsync(2) takes a file that is open for reading. */
export async function syncFile(path: string): Promise<void> {
  const file = await fs.open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder with its parents; sets the mode even when it was there. */
export async function ensureFolder(path: string, mode = 0o750): Promise<void> {
  await withStorageErrors(path, async () => {
    await makeFolders(path, mode);
    await fs.chmod(path, mode);
  });
}

async function makeFolders(path: string, mode?: number): Promise<void> {
  await fs.mkdir(path, { recursive: true, mode }).catch(async (error: NodeJS.ErrnoException) => {
    // On a read-only file system Node 20's recursive mkdir says ENOENT; the plain one tells the truth.
    throw (error.code === 'ENOENT' ? await mkdirFailure(path) : undefined) ?? error;
  });
}

async function mkdirFailure(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return fs.mkdir(path).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? mkdirFailure(dirname(path)) : error),
  );
}

export async function readTextIfExists(path: string): Promise<string | undefined> {
  return fs.readFile(path, 'utf8').catch(undefinedWhenMissing);
}

/** The size of a file in bytes; 0 when it is not there. */
export async function fileSize(path: string): Promise<number> {
  return (await fs.stat(path).catch(undefinedWhenMissing))?.size ?? 0;
}

/** A file from an offset to its end as it is now; empty when there is nothing, or no file. */
export async function readRest(path: string, offset: number): Promise<Buffer> {
  const length = (await fileSize(path)) - offset;
  if (length <= 0) return Buffer.alloc(0);
  const file = await fs.open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function pathExists(path: string): Promise<boolean> {
  return (await fs.lstat(path).catch(undefinedWhenMissing)) !== undefined;
}

/** Removes a file or a tree; succeeds when it is not there. */
export async function removePath(path: string): Promise<void> {
  // Tried again: what was just killed may still be putting its last file into the tree.
  await fs.rm(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Turns ENOSPC, EDQUOT, EIO, EROFS, EACCES and EPERM into STORAGE_UNWRITABLE with what to do. */
export async function withStorageErrors<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw storageError(path, error) ?? error;
  }
}

/** As withStorageErrors, for SQLite, which is synchronous and has codes of its own. */
export function withStorageErrorsSync<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw storageError(path, error) ?? error;
  }
}

const storageAdvice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or move the state directory with BANGER_STATE_DIR',
  EDQUOT: 'the disk quota is used up; free some space or move the state directory with BANGER_STATE_DIR',
  EIO: 'the disk reports errors, which the kernel log tells of (`dmesg`); move the state directory with BANGER_STATE_DIR',
  EROFS: 'the file system is read-only; mount it writable or move the state directory with BANGER_STATE_DIR',
  EACCES: 'permission denied; run as root or set BANGER_STATE_DIR to a directory of your own',
  EPERM: 'operation not permitted; run as root or set BANGER_STATE_DIR to a directory of your own',
};

/** SQLite's words for the same troubles. It opens a database that it may not write as READONLY or CANTOPEN. */
const errnoOfSqlite: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'ENOSPC'],
  [/^SQLITE_IOERR/, 'EIO'],
  [/^SQLITE_READONLY/, 'EROFS'],
  [/^SQLITE_(CANTOPEN|PERM)/, 'EACCES'],
];

function storageError(path: string, error: unknown): BangerError | undefined {
  const given = (error as NodeJS.ErrnoException)?.code ?? '';
  const code = errnoOfSqlite.find(([pattern]) => pattern.test(given))?.[1] ?? given;
  const advice = storageAdvice[code];
  if (advice === undefined) return undefined;
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'exhausted' : 'wrong-state';
  return new BangerError(kind, commonReasons.STORAGE_UNWRITABLE, `cannot write ${path}: ${advice}`, {
    metadata: { path, code },
    cause: error,
  });
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

export {
  chmodSync,
  constants as openFlags,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  watch,
} from 'node:fs';
export {
  appendFile,
  chmod,
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rmdir,
  stat,
  statfs,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
