import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { file, folder, link } from './archive.js';
import { writeTar } from './tar.js';
import { type TarEntry, TarScan } from './tar-scan.js';

function scan(archive: Buffer, pieceBytes = archive.length || 1): TarEntry[] {
  const entries: TarEntry[] = [];
  const reader = new TarScan((entry) => entries.push(entry));
  for (let at = 0; at < archive.length; at += pieceBytes) reader.write(archive.subarray(at, at + pieceBytes));
  return entries;
}

/** A header with a right checksum. */
function header(name: string, flag: string, size: number, mtime = ''): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write(mtime, 136);
  block.write(flag, 156);
  block.write('ustar\x0000', 257);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
}

function extended(flag: string, text: string): Buffer {
  const data = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  data.write(text);
  return Buffer.concat([header('extension', flag, text.length), data]);
}

const archive = writeTar([file('etc/motd', 'x'.repeat(1000)), folder('srv'), link('bin', 'usr/bin')]);
const entries = [
  { path: 'bin', type: 'link', size: 0, mtime: 0 },
  { path: 'etc', type: 'folder', size: 0, mtime: 0 },
  { path: 'etc/motd', type: 'file', size: 1000, mtime: 0 },
  { path: 'srv', type: 'folder', size: 0, mtime: 0 },
];

test('entries come out the same in whatever pieces they come', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (piece) => {
      expect(scan(archive, piece).map((entry) => ({ ...entry, path: entry.path.replace(/\/$/, '') }))).toEqual(entries);
    }),
  );
});

test('names and sizes of extended headers count', () => {
  const long = 'a/'.repeat(120);
  expect(
    scan(Buffer.concat([extended('x', record('path', long) + record('size', '0')), header('short', '0', 7)])),
  ).toEqual([{ path: long, type: 'file', size: 0, mtime: 0 }]);
  expect(scan(Buffer.concat([extended('L', `${long}\0`), header('short', '3', 0)]))).toEqual([
    { path: long, type: 'device', size: 0, mtime: 0 },
  ]);
});

test('times come in whole seconds, and one that is none of 1970 or later is 0', () => {
  const times = ['14531216202\0', '00000000000\0', '-1', '\x80\x01', 'x', ''];
  expect(times.map((mtime) => scan(header('a', '0', 0, mtime))[0]?.mtime)).toEqual([0o14531216202, 0, 0, 0, 0, 0]);
});

test('an end that is missing is not missed', () => {
  expect(scan(archive.subarray(0, -1024))).toHaveLength(4);
});

describe('refused is', () => {
  test.each([
    ['a sparse file of GNU', header('hole', 'S', 0), /sparse/],
    [
      'a sparse file of pax',
      Buffer.concat([extended('x', record('GNU.sparse.realsize', '9e18')), header('a', '0', 0)]),
      /sparse/,
    ],
    ['a global header that makes all sparse', extended('g', record('GNU.sparse.major', '1')), /sparse/],
    ['a wrong checksum', Buffer.alloc(512, 'x'), /checksum|octal/],
    ['a type that nobody knows', header('what', 'Z', 0), /unknown type/],
    ['an extended header without end', header('long', 'x', 2 ** 30), /extended header/],
    ['a record that is longer than its header', extended('x', '999 path=x\n'), /damaged/],
    ['a size that is none', Buffer.concat([extended('x', record('size', '-1')), header('a', '0', 0)]), /impossible/],
  ])('%s', (_, bytes, message) => {
    expect(() => scan(bytes)).toThrow(message);
  });

  test('everything else with a RangeError, whatever it is', () => {
    const mutated = fc.tuple(fc.nat(archive.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(archive);
      copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
          mutated,
        ),
        (bytes) => {
          try {
            scan(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
    );
  });
});
