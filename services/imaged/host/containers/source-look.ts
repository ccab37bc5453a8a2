import { readdir, stat } from '../../../../lib/host/files.js';
import type { SourceFinder, Work } from '../../app/ports.js';
import type { Seen } from '../../domain/import-source.js';
import { contentOfFile } from '../source-content.js';
import { scanArchive } from './scan-archive.js';

/** Looks at what is at a path, to tell what it is. */
export class SourceLook implements SourceFinder {
  async see(path: string, work: Work): Promise<Seen> {
    const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (stats === undefined) return { type: 'nothing' };
    if (stats.isDirectory()) return { type: 'folder', names: await readdir(path) };
    if (!stats.isFile()) return { type: 'file', members: [] };
    const content = await contentOfFile(path, work.signal);
    return content ? { type: 'file', members: [], content } : { type: 'file', members: await topMembers(path, work) };
  }
}

/** What is at the top of an archive, as far as it can be read. */
async function topMembers(path: string, { signal }: Work): Promise<string[]> {
  const members = new Set<string>();
  const note = (entry: { path: string }) => {
    const name = entry.path.replace(/^\.\//, '');
    if (!name.includes('/')) members.add(name);
  };
  try {
    await scanArchive(path, note, { signal, limitBytes: Number.POSITIVE_INFINITY });
  } catch (error) {
    // No archive, or a damaged one: who reads it next will say so.
    if (!(error instanceof RangeError)) throw error;
  }
  return [...members];
}
