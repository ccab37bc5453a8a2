import { type ArchiveEntry, completeTree, contentOf } from './archive.js';

/**
 * Writer of cpio archives in the "newc" format, which the kernel unpacks as its initramfs: Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst.
 *
 * The same entries always give the same bytes: they are sorted, inode numbers count up, and every time is 0.
 */

/** File type bits of st_mode: inode(7). */
const typeBits = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const linkMode = 0o777;
const trailerName = 'TRAILER!!!';

export function writeCpio(entries: readonly ArchiveEntry[]): Buffer {
  const records = completeTree(entries).map((entry, index) => record(entry.path, index + 1, modeOf(entry), entry));
  return Buffer.concat([...records, record(trailerName, 0, 0)]);
}

function modeOf(entry: ArchiveEntry): number {
  return typeBits[entry.type] | (entry.type === 'link' ? linkMode : entry.mode);
}

function record(path: string, inode: number, mode: number, entry?: ArchiveEntry): Buffer {
  const content = entry ? contentOf(entry) : Buffer.alloc(0);
  const name = Buffer.from(`${path}\0`);
  const linkCount = entry?.type === 'folder' ? 2 : 1;
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, linkCount, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(content)]);
}

/** Names and contents end on a multiple of four bytes. */
function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
