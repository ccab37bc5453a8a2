import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readFile } from '../host/files.js';

const unpack = promisify(gunzip);
/** More than any initrd of ours, packed or not. */
const maxBytes = 512 * 1024 * 1024;
/** Of a "newc" header: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. */
const headerBytes = 110;

/** The names of the kernel modules in an initrd of ours, sorted: a cpio archive, packed by gzip. Empty for any other. */
export async function modulesIn(path: string): Promise<string[]> {
  const data = await readFile(path);
  const isGzip = data.readUInt16BE(0) === 0x1f8b;
  const plain = isGzip ? await unpack(data, { maxOutputLength: maxBytes }) : data;
  const names = fileNames(plain).filter((name) => name.endsWith('.ko'));
  return names.map((name) => name.slice(name.lastIndexOf('/') + 1, -'.ko'.length)).sort();
}

function fileNames(archive: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; archive.toString('latin1', at, at + 6) === '070701'; ) {
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    if (Number.isNaN(size) || Number.isNaN(nameSize)) return names;
    names.push(archive.toString('utf8', at + headerBytes, at + headerBytes + nameSize - 1));
    at = aligned(aligned(at + headerBytes + nameSize) + size);
  }
  return names;
}

function aligned(position: number): number {
  return (position + 3) & ~3;
}
