import { type ArchiveEntry, completeTree, contentOf } from './archive.js';

/**
 * Writer of tar archives in the "ustar" format of POSIX.1-1988, enough for small trees of our own. The same entries
 * always give the same bytes.
 */

const blockBytes = 512;
const typeFlags = { file: '0', folder: '5', link: '2' } as const;
/** The name field; longer names would need a format of their own. */
const maxNameBytes = 100;

/** Throws a RangeError when a path or a link's target is longer than 100 bytes. */
export function writeTar(entries: readonly ArchiveEntry[]): Buffer {
  const records = completeTree(entries).flatMap((entry) => {
    const content = entry.type === 'file' ? contentOf(entry) : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(-content.length & (blockBytes - 1))];
  });
  return Buffer.concat([...records, Buffer.alloc(2 * blockBytes)]);
}

function header(entry: ArchiveEntry, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  text(block, entry.path, 0);
  octal(entry.type === 'link' ? 0o777 : entry.mode, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // time of last change
  block.fill(' ', 148, 156); // the checksum counts itself as blanks
  block.write(typeFlags[entry.type], 156, 'latin1');
  if (entry.type === 'link') text(block, entry.target, 157);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function text(block: Buffer, value: string, at: number): void {
  if (Buffer.byteLength(value) > maxNameBytes)
    throw new RangeError(`tar: ${value} is longer than ${maxNameBytes} bytes`);
  block.write(value, at, 'utf8');
}
