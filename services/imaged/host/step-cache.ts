import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  ensureFolder,
  pathExists,
  readdir,
  removePath,
  rename,
  stat,
  syncFile,
  syncFolder,
  utimes,
  withStorageErrors,
} from '../../../lib/host/files.js';
import type { CachedStep, StepCache } from '../app/ports.js';

const pattern = /^[0-9a-f]{64}$/;

/** Results of steps in a folder: a file each, named by its key. What has another name is left from a crash. */
export class StepCacheFolder implements StepCache {
  private constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  /** Only for who holds the lock of the store that the folder is in. */
  static async open(folder: string, maxBytes: number): Promise<StepCacheFolder> {
    await ensureFolder(folder, 0o700);
    for (const name of await readdir(folder)) if (!pattern.test(name)) await removePath(join(folder, name));
    return new StepCacheFolder(folder, maxBytes);
  }

  async find(key: string): Promise<string | undefined> {
    const path = this.#pathOf(key);
    if (!(await pathExists(path))) return undefined;
    const now = new Date();
    await utimes(path, now, now);
    return path;
  }

  async put(key: string, write: (path: string) => Promise<void>): Promise<void> {
    if (this.maxBytes === 0) return;
    const temporary = `${this.#pathOf(key)}.${randomBytes(6).toString('hex')}`;
    await withStorageErrors(this.folder, async () => {
      try {
        await write(temporary);
        await syncFile(temporary);
        await rename(temporary, this.#pathOf(key));
        await syncFolder(this.folder);
      } finally {
        await removePath(temporary);
      }
    });
    await this.#shrink();
  }

  async list(): Promise<CachedStep[]> {
    const names = (await readdir(this.folder)).filter((name) => pattern.test(name));
    const entries = names.map(async (name) => {
      const { blocks, mtime } = await stat(join(this.folder, name));
      return { key: `sha256:${name}`, bytes: blocks * 512, useTime: mtime.toISOString() };
    });
    return (await Promise.all(entries)).sort((a, b) => (a.useTime < b.useTime ? 1 : -1));
  }

  async remove(key: string): Promise<void> {
    await removePath(this.#pathOf(key));
  }

  /** Lets go of what was not used for longest, until the rest is within the bound. */
  async #shrink(): Promise<void> {
    let total = 0;
    for (const { key, bytes } of await this.list()) {
      total += bytes;
      if (total > this.maxBytes) await this.remove(key);
    }
  }

  #pathOf(key: string): string {
    return join(this.folder, key.slice('sha256:'.length));
  }
}
