import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { type Measure, measureFile } from '../../../lib/host/digest.js';
import {
  chmod,
  ensureFolder,
  mkdir,
  pathExists,
  readdir,
  rename,
  stat,
  statfs,
  syncFile,
  syncFolder,
  withStorageErrors,
  writeFileAtomic,
} from '../../../lib/host/files.js';
import type { Log } from '../../../lib/log.js';
import { type FileLock, lockFile } from '../../../lib/store/lock.js';
import type { Objects, OpenFiles, StoreSpace, Stray, Work } from '../app/ports.js';
import { mountedBelow, storeInUse } from '../domain/errors.js';
import { type ManifestOf, type ObjectKind, type ObjectManifest, objectFiles } from '../domain/image.js';
import { removeTree } from './contained.js';
import { mountsBelow } from './mounts.js';
import { bytesOnDisk, type Content, examine, manifestName } from './object-folder.js';
import { openObjectFiles } from './open-files.js';

/** Everybody on the host may read an object, nobody may change it. */
const folderMode = 0o755;
const fileMode = 0o444;

/**
 * The store on the disk:
 *
 *     objects/<64 hexadecimal digits>/{rootfs.ext4 | layer.ext4 | vmlinux, initrd}, manifest.json
 *     building/<random>/                what a build works in; anything there at start is left from a crash
 *     lock                              held while an imaged has the store open
 */
export class ObjectStore implements Objects {
  readonly #objects: string;
  readonly #building: string;
  /** The folders among those of builds that somebody is at. */
  readonly #inUse = new Set<string>();

  private constructor(
    folder: string,
    private readonly lock: FileLock,
  ) {
    this.#objects = join(folder, 'objects');
    this.#building = join(folder, 'building');
  }

  /**
   * Opens the store in `folder`, making it when there is none, and removes what a crash has left. Fails with
   * STORE_IN_USE while another process has it open.
   */
  static async open(folder: string, log: Log): Promise<ObjectStore> {
    await ensureFolder(folder, folderMode);
    const lock = lockFile(join(folder, 'lock'));
    if (!lock) throw storeInUse(folder);
    const store = new ObjectStore(folder, lock);
    await ensureFolder(store.#objects, folderMode);
    await ensureFolder(store.#building, 0o700);
    for (const name of await readdir(store.#building)) await discard(join(store.#building, name), log);
    return store;
  }

  close(): void {
    this.lock.release();
  }

  async withWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    return this.#using(async (folder) => {
      await withStorageErrors(folder, () => mkdir(folder, { mode: 0o755 }));
      try {
        return await work(folder);
      } finally {
        await removeTree(folder);
      }
    });
  }

  async leftFolders(): Promise<string[]> {
    const paths = (await readdir(this.#building)).map((name) => join(this.#building, name));
    return paths.filter((path) => !this.#inUse.has(path));
  }

  async removeLeftFolder(folder: string): Promise<void> {
    if (this.#inUse.has(folder)) return;
    const mounts = await mountsBelow(folder);
    if (mounts.length > 0) throw mountedBelow(folder, mounts);
    await removeTree(folder);
  }

  /** With the name of a new folder. */
  async #using<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.#building, randomBytes(6).toString('hex'));
    this.#inUse.add(folder);
    try {
      return await work(folder);
    } finally {
      this.#inUse.delete(folder);
    }
  }

  async write(path: string, data: Uint8Array): Promise<void> {
    await writeFileAtomic(path, data, fileMode);
  }

  async measure(path: string, { tell, signal }: Work): Promise<Measure> {
    const totalBytes = (await stat(path)).size;
    const onBytes = (doneBytes: number) => tell({ doneBytes, totalBytes });
    // Written out meanwhile, so that the commit, for which others wait, has little left to do.
    const [measure] = await Promise.all([measureFile(path, { signal, onBytes }), syncFile(path)]);
    return measure;
  }

  async commit(folder: string, manifest: ObjectManifest): Promise<ObjectManifest> {
    const target = this.#folderOf(manifest.digest);
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    if ('manifest' in (await examine(target))) {
      // The same content, made of other inputs: what it was made of is all that is new.
      await writeFileAtomic(join(target, manifestName), text, fileMode);
      return manifest;
    }
    const staged = join(folder, 'object');
    await mkdir(staged);
    for (const name of objectFiles(manifest)) {
      const path = join(staged, name);
      await rename(join(folder, name), path);
      await chmod(path, fileMode);
      await syncFile(path);
    }
    await writeFileAtomic(join(staged, manifestName), text, fileMode);
    await chmod(staged, folderMode);
    // What is there without being an object was damaged.
    if (await pathExists(target)) await rename(target, join(folder, 'damaged'));
    await rename(staged, target);
    await syncFolder(this.#objects);
    return manifest;
  }

  async list<K extends ObjectKind>(kind: K): Promise<ManifestOf<K>[]> {
    const found = await this.#contents();
    const manifests = found.flatMap(({ content }) => ('manifest' in content ? [content.manifest] : []));
    return manifests.filter((manifest): manifest is ManifestOf<K> => manifest.kind === kind);
  }

  async strays(): Promise<Stray[]> {
    const found = await this.#contents();
    const strays = found.flatMap(({ path, content }) => ('problems' in content ? [{ path, ...content }] : []));
    return Promise.all(
      strays.map(async ({ path, problems, parent }) => ({
        path,
        parent,
        digest: /^[0-9a-f]{64}$/.test(basename(path)) ? `sha256:${basename(path)}` : basename(path),
        problems,
        bytes: await bytesOnDisk(path),
      })),
    );
  }

  /** All that lies among the objects. */
  async #contents(): Promise<{ readonly path: string; readonly content: Content }[]> {
    const paths = (await readdir(this.#objects)).map((name) => join(this.#objects, name));
    return Promise.all(paths.map(async (path) => ({ path, content: await examine(path) })));
  }

  async diskUsage(digest: string): Promise<number> {
    return bytesOnDisk(this.#folderOf(digest));
  }

  async usage(): Promise<StoreSpace> {
    const { bavail, bsize } = await statfs(this.#objects);
    const workFolders = (await readdir(this.#building)).length;
    return { workFolders, workBytes: await bytesOnDisk(this.#building), freeBytes: bavail * bsize };
  }

  openFiles(manifest: ObjectManifest): Promise<OpenFiles> {
    return openObjectFiles(this.#folderOf(manifest.digest), objectFiles(manifest));
  }

  filePath(digest: string, file: string): string {
    return join(this.#folderOf(digest), file);
  }

  async remove(digest: string): Promise<void> {
    await this.#removeFolder(this.#folderOf(digest));
  }

  async removeStray({ path }: Stray): Promise<void> {
    await this.#removeFolder(path);
  }

  /** At once for those who look, whatever a crash leaves of it. */
  async #removeFolder(folder: string): Promise<void> {
    await this.#using(async (doomed) => {
      await rename(folder, doomed);
      await syncFolder(this.#objects);
      await removeTree(doomed);
    });
  }

  #folderOf(digest: string): string {
    return join(this.#objects, digest.slice('sha256:'.length));
  }
}

/** A mount below means that removing could reach out of the folder, so it is left for people to look at. */
async function discard(folder: string, log: Log): Promise<void> {
  const mounts = await mountsBelow(folder);
  if (mounts.length > 0) {
    log.error({ folder, mounts }, 'left in place: something is mounted in this leftover of a build; unmount it');
    return;
  }
  await removeTree(folder);
  log.info({ folder }, 'removed what an interrupted build had left');
}
