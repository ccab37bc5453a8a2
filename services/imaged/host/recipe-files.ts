import { basename, dirname, join } from 'node:path';
import { open, openFlags, realpath } from '../../../lib/host/files.js';

/** What a recipe, and all that it names, may have: it is held in memory. */
const maxFileBytes = 64 * 1024 * 1024;
const maxTotalBytes = 256 * 1024 * 1024;

/** The folder of a recipe: reads files in it, and never one that lies elsewhere. */
export class RecipeFiles {
  #totalBytes = 0;

  private constructor(
    /** Without links. */
    private readonly folder: string,
    private readonly onlyPublic: boolean,
  ) {}

  /**
   * Of the recipe at `path`. With `onlyPublic`, files are refused that not everybody may read: who asks for a build
   * need not be who we run as.
   */
  static async of(path: string, onlyPublic: boolean): Promise<RecipeFiles> {
    // A folder that cannot be entered has no files: they are what is asked for next.
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return new RecipeFiles(folder, onlyPublic);
  }

  /** Returns the content, or what is wrong with the file. */
  async read(name: string): Promise<Buffer | string> {
    const path = join(this.folder, name);
    // Without waiting for a writer, should it be a pipe.
    const flags = openFlags.O_RDONLY | openFlags.O_NOFOLLOW | openFlags.O_NONBLOCK;
    const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => error);
    if (!('close' in file)) return whyNotOpened(file, basename(name));
    try {
      // Asked of what is open, so that nobody can put something else in its place.
      if ((await realpath(`/proc/self/fd/${file.fd}`)) !== path) return 'must not be reached through a link';
      const stats = await file.stat();
      if (!stats.isFile()) return 'must be a plain file';
      if (this.onlyPublic && (stats.mode & 0o004) === 0) return 'must be readable by everybody: use chmod o+r';
      this.#totalBytes += stats.size;
      if (stats.size > maxFileBytes || this.#totalBytes > maxTotalBytes) {
        return `is too large: ${maxFileBytes >> 20} MiB are the most for a file, ${maxTotalBytes >> 20} MiB for all`;
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  }
}

function whyNotOpened(error: NodeJS.ErrnoException, name: string): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no file ${name}`;
    case 'ELOOP':
      return 'must not be a link';
    case 'EACCES':
      return 'may not be read by the user that imaged runs as';
    case 'ENXIO':
      return 'must be a plain file';
    default:
      throw error;
  }
}
