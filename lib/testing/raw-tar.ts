/** Tar archives as nobody should write them, for tests of what reads them. */

export interface RawTarEntry {
  readonly name: string;
  readonly type?: string;
  readonly target?: string;
  readonly content?: string | Buffer;
  readonly mode?: string;
  /** In place of the content's own. */
  readonly size?: string;
  readonly magic?: string;
}

/** One entry, with whatever a header can hold and a right checksum. */
export function tarEntry({
  name,
  type = '0',
  target: to = '',
  content = '',
  mode = '0000644',
  size,
  magic = 'ustar\x0000',
}: RawTarEntry): Buffer {
  const data = Buffer.from(content);
  const block = Buffer.alloc(512);
  block.write(name, 0, 100, 'utf8');
  block.write(mode, 100, 8, 'latin1');
  block.write(size ?? data.length.toString(8).padStart(11, '0'), 124, 12, 'latin1');
  block.write(type, 156, 1, 'latin1');
  block.write(to, 157, 100, 'utf8');
  block.write(magic, 257, 8, 'latin1');
  return Buffer.concat([summed(block), data, Buffer.alloc(-data.length & 511)]);
}

/** Puts a header's checksum right. */
export function summed(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A whole archive. */
export function tar(...entries: readonly RawTarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

/** "LENGTH KEY=VALUE\n", for values that are short. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  return `${rest.length + String(rest.length + 2).length}${rest}`;
}
