import { basename, join } from 'node:path';
import { lstat, readdir, readTextIfExists } from '../../../lib/host/files.js';
import { fileSizes } from '../domain/content.js';
import type { ObjectManifest } from '../domain/image.js';
import { parseManifest } from './manifest-schema.js';

export const manifestName = 'manifest.json';

/** What lies in a folder of the store: an object, or what is wrong with it. */
export type Content = { readonly manifest: ObjectManifest } | Damage;

interface Damage {
  readonly problems: readonly string[];
  /** Of an image whose manifest can be read. */
  readonly parent?: string;
}

/** Looks at the manifest and at the sizes of the files. A folder with problems counts as not there. */
export async function examine(folder: string): Promise<Content> {
  const text = await readTextIfExists(join(folder, manifestName));
  if (text === undefined) return { problems: [`${manifestName} is missing`] };
  const manifest = parseManifest(text);
  if ('problems' in manifest) return { problems: manifest.problems.map((problem) => `${manifestName}: ${problem}`) };
  if (manifest.digest !== `sha256:${basename(folder)}`) return { problems: [`${manifestName} is another object's`] };
  const sizes = Object.entries(fileSizes(manifest));
  const found = await Promise.all(sizes.map(([name, size]) => fileProblem(folder, name, size)));
  const problems = found.filter((problem) => problem !== undefined);
  if (problems.length === 0) return { manifest };
  return manifest.kind === 'image' ? { problems, parent: manifest.parent } : { problems };
}

async function fileProblem(folder: string, name: string, size: number): Promise<string | undefined> {
  const found = await lstat(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return `${name} is missing`;
  if (!found.isFile()) return `${name} is no file`;
  return found.size === size ? undefined : `${name} has ${found.size} bytes instead of ${size}`;
}

/** What a file or a tree occupies on the disk, in bytes. What vanishes meanwhile does not count. */
export async function bytesOnDisk(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  // stat(2) counts in units of 512 bytes, whatever the file system's blocks are.
  const own = found.blocks * 512;
  if (!found.isDirectory()) return own;
  const names = await readdir(path).catch(() => []);
  let sum = own;
  for (const name of names) sum += await bytesOnDisk(join(path, name));
  return sum;
}
