/** Headers of tar archives in the "ustar" format of POSIX.1-1988. The same entry always gives the same bytes. */

export interface TarHeader {
  readonly type: 'file' | 'folder' | 'link' | 'extension';
  /** Up to 100 bytes. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of content; below 8 GiB. */
  readonly size: number;
  /** What a symbolic link points to, up to 100 bytes. */
  readonly target?: string;
}

const tarBlockBytes = 512;
/** What ends an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * tarBlockBytes);
/** The size field holds 11 octal digits. */
export const maxTarSize = 8 ** 11 - 1;

const typeFlags = { file: '0', folder: '5', link: '2', extension: 'x' } as const;
/** The name field; longer names would need a format of their own. */
const maxNameBytes = 100;

/** Everything belongs to root and is from 1970. Throws a RangeError when a path or a link's target is too long. */
export function tarHeader({ type, path, mode, size, target = '' }: TarHeader): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  text(block, path, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7); // owner
  octal(0, 116, 7); // group
  octal(size, 124, 11);
  octal(0, 136, 11); // time of last change
  block.fill(' ', 148, 156); // the checksum counts itself as blanks
  block.write(typeFlags[type], 156, 'latin1');
  text(block, target, 157);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** What fills content up to whole blocks. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes);
}

function text(block: Buffer, value: string, at: number): void {
  if (Buffer.byteLength(value) > maxNameBytes)
    throw new RangeError(`tar: ${value} is longer than ${maxNameBytes} bytes`);
  block.write(value, at, 'utf8');
}
