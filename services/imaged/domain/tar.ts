import { tarEnd, tarHeader, tarPadding } from '../../../lib/tar-header.js';
import { type ArchiveEntry, completeTree, contentOf } from './archive.js';

/**
 * Writer of tar archives in the "ustar" format of POSIX.1-1988, enough for small trees of our own. The same entries
 * always give the same bytes.
 */

/** Throws a RangeError when a path or a link's target is longer than 100 bytes. */
export function writeTar(entries: readonly ArchiveEntry[]): Buffer {
  const records = completeTree(entries).flatMap((entry) => {
    const content = entry.type === 'file' ? contentOf(entry) : Buffer.alloc(0);
    return [header(entry, content.length), content, tarPadding(content.length)];
  });
  return Buffer.concat([...records, tarEnd]);
}

function header(entry: ArchiveEntry, size: number): Buffer {
  const { type, path } = entry;
  return entry.type === 'link'
    ? tarHeader({ type: entry.type, path, mode: 0o777, size, target: entry.target })
    : tarHeader({ type, path, mode: entry.mode, size });
}
