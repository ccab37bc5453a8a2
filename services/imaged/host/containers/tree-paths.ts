import { join } from 'node:path';
import { lstat, readlink } from '../../../../lib/host/files.js';

/** As the kernel has it. */
const maxLinks = 40;

/**
 * Where a path of a tree is once its links are followed as they would be with the tree as root: they never lead out of
 * it. Relative to the tree, "" for its root. What does not exist stays as it is written. `last` tells whether a link at
 * the very end is followed too. Throws a RangeError at links that lead in a circle.
 */
export async function resolveInTree(tree: string, path: string, { last }: { last: boolean }): Promise<string> {
  const pending = partsOf(path).reverse();
  const done: string[] = [];
  let links = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = last || pending.length > 0 ? await linkTarget(join(tree, ...done, part)) : undefined;
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links++;
    if (links > maxLinks) throw new RangeError(`the links of ${path} lead in a circle`);
    if (target.startsWith('/')) done.length = 0;
    pending.push(...partsOf(target).reverse());
  }
  return done.join('/');
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** Undefined when there is no link, or nothing that we can see. */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
