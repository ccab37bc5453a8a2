import { lstat, mkdir, readdir, readFile, readlink, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BangerError, commonReasons } from '../errors.js';
import { paxRecord, type RawTarEntry as Raw, tarEntry as raw, summed, tar } from '../testing/raw-tar.js';
import { tempFolder } from '../testing/temp-folder.js';
import { runCommand } from './command.js';
import { removePath } from './files.js';
import { type UntarOptions, untar } from './untar.js';

let temp: Awaited<ReturnType<typeof tempFolder>>;
let archive: string;
let target: string;

beforeEach(async () => {
  temp = await tempFolder();
  archive = join(temp.path, 'archive');
  target = join(temp.path, 'target');
  await mkdir(join(temp.path, 'outside'));
  await writeFile(join(temp.path, 'outside/canary'), 'alive');
});

afterEach(() => temp.remove());

async function unpack(data: Buffer, options?: UntarOptions) {
  await writeFile(archive, data);
  return untar(archive, target, options);
}

/** Rejects as it should, leaves no target, and touches nothing beside it. */
async function refused(data: Buffer, options?: UntarOptions): Promise<BangerError> {
  const error = await unpack(data, options).then(
    () => {
      throw new Error('it was unpacked');
    },
    (thrown: BangerError) => thrown,
  );
  await nothingOutside(['archive', 'outside']);
  return error;
}

async function nothingOutside(expected: readonly string[]): Promise<void> {
  expect((await readdir(temp.path)).sort()).toEqual(expected);
  expect(await readdir(join(temp.path, 'outside'))).toEqual(['canary']);
  expect(await readFile(join(temp.path, 'outside/canary'), 'utf8')).toBe('alive');
}

describe('what is well is unpacked', () => {
  test('files, folders and links inside, with the right to be executed and nothing else', async () => {
    const { paths } = await unpack(
      tar(
        { name: './', type: '5' },
        { name: 'bin/tool', content: 'x'.repeat(1000), mode: '0006777' },
        { name: 'bin/', type: '5' },
        { name: 'etc/conf', content: 'c' },
        { name: 'etc/up', type: '2', target: '../bin/tool' },
        { name: 'etc/same', type: '1', target: 'etc/conf' },
        { name: 'etc/dangling', type: '2', target: 'not/there' },
      ),
    );
    expect(await readFile(join(target, 'etc/up'), 'utf8')).toBe('x'.repeat(1000));
    expect(await readFile(join(target, 'etc/same'), 'utf8')).toBe('c');
    expect(await readlink(join(target, 'etc/dangling'))).toBe('not/there');
    expect((await stat(join(target, 'bin/tool'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(target, 'etc/conf'))).mode & 0o7777).toBe(0o644);
    expect(Object.fromEntries(paths)).toMatchObject({ bin: 'folder', 'bin/tool': 'file', 'etc/up': 'symlink' });
  });

  test.each(['gnu', 'pax', 'ustar', 'v7'])('what GNU tar writes as %s, plain and compressed', async (format) => {
    const tree = join(temp.path, 'tree');
    const deep = format === 'gnu' || format === 'pax' ? `${'d'.repeat(90)}/${'e'.repeat(90)}/Käse` : 'd/e/f';
    await mkdir(join(tree, deep), { recursive: true });
    await writeFile(join(tree, deep, 'file'), 'content');
    await symlink('file', join(tree, deep, 'link'));
    for (const how of [[], ['--gzip'], ['--zstd']]) {
      await runCommand(['tar', `--format=${format}`, ...how, '-cf', archive, '-C', tree, '.']);
      await untar(archive, target, { durable: true });
      expect(await readFile(join(target, deep, 'link'), 'utf8')).toBe('content');
      await removePath(target);
    }
  });

  test('zeros become holes, wherever they begin', async () => {
    const content = Buffer.concat([
      Buffer.from('begin'),
      Buffer.alloc(8_000_000),
      Buffer.from('end'),
      Buffer.alloc(100),
    ]);
    await unpack(tar({ name: 'disk', content }));
    expect((await readFile(join(target, 'disk'))).equals(content)).toBe(true);
    const { size, blocks } = await stat(join(target, 'disk'));
    expect(size).toBe(content.length);
    expect(blocks * 512).toBeLessThan(1_000_000);
  });
});

const canary = '../outside/canary';
const deepLink: readonly Raw[] = [
  { name: 'a/b/up', type: '2', target: '../..' },
  { name: 'out', type: '2', target: 'a/b/up/../outside' },
];

const refusals: readonly (readonly [string, readonly Raw[], RegExp])[] = [
  ['an absolute path', [{ name: '/etc/banger-canary', content: 'x' }], /"\/etc\/banger-canary" is an absolute path/],
  ['a path that goes up', [{ name: canary, content: 'dead' }], /"\.\.\/outside\/canary" leads out of its folder/],
  ['a path that goes up from inside', [{ name: `a/../../${canary}`, content: 'dead' }], /leads out/],
  [
    'a link to an absolute path',
    [{ name: 'l', type: '2', target: '/etc' }],
    /"l" is a link to "\/etc", out of its folder/,
  ],
  ['a link that goes up', [{ name: 'a/l', type: '2', target: '../../outside' }], /out of its folder/],
  ['a link that goes up by way of another', deepLink, /"out" is a link to "a\/b\/up\/\.\.\/outside", out of/],
  ['a hard link to what is outside', [{ name: 'l', type: '1', target: canary }], /leads out/],
  ['a hard link to what is not there', [{ name: 'l', type: '1', target: 'f' }], /no file before it/],
  [
    'a hard link to a link',
    [
      { name: 's', type: '2', target: 'x' },
      { name: 'l', type: '1', target: 's' },
    ],
    /no file before it/,
  ],
  [
    'a file below a link',
    [
      { name: 'd', type: '2', target: '.' },
      { name: 'd/f', content: 'x' },
    ],
    /"d\/f" lies below a symlink/,
  ],
  [
    'a file below a file',
    [
      { name: 'f', content: 'x' },
      { name: 'f/g', content: 'x' },
    ],
    /"f\/g" lies below a file/,
  ],
  [
    'a file in the place of a link',
    [
      { name: 'f', type: '2', target: 'g' },
      { name: 'f', content: 'x' },
    ],
    /it holds "f" twice/,
  ],
  [
    'a path twice, spelled differently',
    [
      { name: 'd/f', content: 'x' },
      { name: './d//f', content: 'y' },
    ],
    /it holds "d\/f" twice/,
  ],
  [
    'a folder twice',
    [
      { name: 'd/', type: '5' },
      { name: 'd', type: '5' },
    ],
    /it holds "d" twice/,
  ],
  ['a character device', [{ name: 'null', type: '3' }], /"null" is a character device/],
  ['a block device', [{ name: 'sda', type: '4' }], /block device/],
  ['a fifo', [{ name: 'p', type: '6' }], /"p" is a fifo/],
  ["a sparse file of GNU's", [{ name: 's', type: 'S' }], /"s" is a sparse file/],
  [
    "a sparse file of pax's",
    [
      { name: 'x', type: 'x', content: paxRecord('GNU.sparse.major', '1') },
      { name: 's', content: 'x' },
    ],
    /it holds a sparse file/,
  ],
  ['an unknown type', [{ name: 'v', type: 'V' }], /of the unknown type "V"/],
  ['a control character', [{ name: 'a\x1b[2Jb', content: 'x' }], /"a\\u001b\[2Jb" has control characters/],
  [
    'a NUL in a name of pax',
    [
      { name: 'x', type: 'x', content: paxRecord('path', 'a\0b') },
      { name: 's', content: 'x' },
    ],
    /has control characters/,
  ],
  [
    'a path of pax that goes up',
    [
      { name: 'x', type: 'x', content: paxRecord('path', canary) },
      { name: 's', content: 'dead' },
    ],
    /leads out/,
  ],
  [
    "a long name of GNU's that goes up",
    [
      { name: 'x', type: 'L', content: `${canary}\0` },
      { name: 's', content: 'dead' },
    ],
    /leads out/,
  ],
  ['a global name', [{ name: 'x', type: 'g', content: paxRecord('path', 'f') }], /its global header/],
  ['a name of 256 bytes', [{ name: 'x', type: 'L', content: 'n'.repeat(256) }, { name: 's' }], /too long a name/],
  ['a path of 2,049 bytes', [{ name: 'x', type: 'L', content: 'n/'.repeat(1025) }, { name: 's' }], /too long a path/],
  ['no name', [{ name: '', content: 'x' }], /is no name for a file/],
  ['a folder with content', [{ name: 'd', type: '5', content: 'x' }], /has content and is no file/],
  [
    'an extended header of a gigabyte',
    [{ name: 'x', type: 'x', size: '10000000000' }],
    /extended header of 1073741824 bytes/,
  ],
];

describe('what could do harm is refused', () => {
  test.each(refusals)('%s', async (_what, entries, why) => {
    const error = await refused(tar({ name: 'before', content: 'b' }, ...entries));
    expect(error).toMatchObject({ kind: 'invalid', reason: commonReasons.ARCHIVE_REFUSED });
    expect(error.message).toMatch(why);
    expect(error.message).toContain(`cannot unpack ${archive}: `);
  });

  test('more entries than allowed, also when they are only headers of others', async () => {
    const many = Array.from({ length: 11 }, (_, i) => ({ name: `f${i}` }));
    expect((await refused(tar(...many), { maxEntries: 10 })).message).toMatch(/more than 10 entries/);
    const extensions = many.map(({ name }) => ({ name, type: 'x', content: paxRecord('comment', 'c') }));
    expect((await refused(tar(...extensions), { maxEntries: 10 })).message).toMatch(/more than 10 entries/);
  });

  test('a bomb, as far as it is allowed to go', async () => {
    const bomb = gzipSync(Buffer.concat([tar({ name: 'zeros', content: Buffer.alloc(5_000_000) })]));
    expect(bomb.length).toBeLessThan(20_000);
    const error = await refused(bomb, { maxBytes: 1_000_000 });
    expect(error.message).toMatch(/more than 1000000 bytes once it is decompressed/);
    const endless = gzipSync(Buffer.concat([tar({ name: 'f' }), Buffer.alloc(5_000_000)]));
    expect((await refused(endless, { maxBytes: 1_000_000 })).message).toMatch(/more than 1000000 bytes/);
    // Said in a header, it is refused before anything is written.
    const promised = raw({ name: 'f', size: '77777777777' });
    expect((await refused(promised, { maxBytes: 1_000_000 })).message).toMatch(/more than 1000000 bytes/);
  });
});

describe('what is damaged is told', () => {
  const good = tar({ name: 'f', content: 'x'.repeat(600) }, { name: 'g', content: 'y' });
  test.each<readonly [string, Buffer, RegExp]>([
    ['nothing at all', Buffer.alloc(0), /ends too early/],
    ['no tar archive', Buffer.alloc(2048, 'text'), /no tar archive/],
    ['an end in a header', good.subarray(0, 1800), /ends too early/],
    ['an end in a file', good.subarray(0, 700), /ends too early/],
    ['an end between entries', good.subarray(0, 1536), /ends too early/],
    ['half an end', Buffer.concat([good.subarray(0, -1024), Buffer.alloc(512)]), /ends too early/],
    ['something after half an end', Buffer.concat([good.subarray(0, -512), raw({ name: 'h' })]), /goes on where/],
    ['a wrong checksum', Buffer.from(good).fill('z', 0, 1), /header is damaged/],
    ['a number that is none', tar({ name: 'f', mode: '00x0644' }), /number in a header is damaged/],
    ['gzip that ends early', gzipSync(good).subarray(0, -12), /compression is damaged/],
    [
      'gzip with a wrong checksum',
      Buffer.concat([gzipSync(good).subarray(0, -8), Buffer.alloc(8, 7)]),
      /compression is damaged/,
    ],
  ])('%s', async (_what, data, why) => {
    const error = await refused(data);
    expect(error).toMatchObject({ kind: 'invalid', reason: commonReasons.ARCHIVE_DAMAGED });
    expect(error.message).toMatch(why);
  });

  test('zstd that ends early', async () => {
    await writeFile(join(temp.path, 'plain'), good);
    await runCommand(['zstd', '-q', join(temp.path, 'plain'), '-o', join(temp.path, 'packed')]);
    const packed = await readFile(join(temp.path, 'packed'));
    await removePath(join(temp.path, 'plain'));
    await removePath(join(temp.path, 'packed'));
    expect((await refused(packed.subarray(0, -5))).message).toMatch(/compression is damaged/);
  });

  test('data after the end', async () => {
    expect((await refused(Buffer.concat([good, Buffer.from('more')]))).message).toMatch(/goes on after its end/);
  });
});

test('a folder that is there is not touched', async () => {
  await mkdir(target);
  await writeFile(join(target, 'mine'), 'mine');
  await expect(unpack(tar({ name: 'f' }))).rejects.toThrow(/EEXIST/);
  expect(await readdir(target)).toEqual(['mine']);
});

test.each(['none', 'gzip', 'zstd'])('a signal ends it (%s)', async (compression) => {
  const stop = new AbortController();
  await writeFile(archive, tar({ name: 'f', content: Buffer.alloc(10_000_000, 1) }));
  if (compression !== 'none') {
    await runCommand(['tar', `--${compression}`, '-cf', `${archive}.packed`, '-C', temp.path, 'archive']);
    archive = `${archive}.packed`;
  }
  const onBytes = () => stop.abort(new Error('enough'));
  await expect(untar(archive, target, { signal: stop.signal, onBytes })).rejects.toThrow('enough');
  expect(await readdir(temp.path)).not.toContain('target');
});

/** Names that meet each other, and those that try to get out. */
const name = fc.oneof(
  fc
    .array(fc.constantFrom('a', 'b', 'c', '.', '..', ''), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/')),
  fc.constantFrom('a', 'b', 'a/b', 'c/', '/a', canary, '../target/a', 'outside/canary', 'l/canary', 'l'),
  fc.string({ maxLength: 12 }),
);
const entry: fc.Arbitrary<Raw> = fc.record({
  name,
  type: fc.constantFrom('0', '0', '0', '2', '2', '1', '5', '5', 'L', 'K', 'x', '3', '6'),
  target: fc.oneof(name, fc.constantFrom('../outside', '../outside/canary', '..', '.', 'a', '/')),
  content: fc.oneof(
    fc.constant(''),
    fc.constant('x'),
    name.map((value) => paxRecord('path', value)),
    name,
  ),
});

/** Either everything stands below the folder, or there is an error of ours and no folder. */
async function unpackedOrRefused(data: Buffer): Promise<void> {
  const went = await unpack(data, { maxEntries: 50, maxBytes: 1_000_000 }).catch((error: BangerError) => {
    expect(error.message).toContain('cannot unpack ');
    expect([commonReasons.ARCHIVE_REFUSED, commonReasons.ARCHIVE_DAMAGED]).toContain(error.reason);
    return undefined;
  });
  await nothingOutside(['archive', 'outside', ...(went ? ['target'] : [])]);
  if (!went) return;
  for (const path of went.paths.keys()) {
    await lstat(join(target, path));
    const real = await realpath(join(target, path)).catch(() => target);
    expect(`${real}/`.startsWith(`${target}/`)).toBe(true);
  }
  await removePath(target);
}

test('whatever entries an archive has, nothing is written outside', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 8 }), (entries) => unpackedOrRefused(tar(...entries))),
    { numRuns: 1000 },
  );
}, 120_000);

test('whatever happens to the bytes of an archive, nothing is written outside', async () => {
  const whole = tar(
    { name: 'bin/tool', content: 'x'.repeat(700) },
    { name: 'x', type: 'x', content: paxRecord('path', 'etc/long') },
    { name: 's', content: 'long' },
    { name: 'etc/l', type: '2', target: '../bin' },
    { name: 'etc/h', type: '1', target: 'bin/tool' },
  );
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), fix: fc.boolean() });
  const changed = (changes: readonly { at: number; byte: number; fix: boolean }[]) => {
    const data = Buffer.from(whole);
    for (const { at, byte, fix } of changes) {
      data[at] = byte;
      // With the checksum put right, what is in a header gets further.
      if (fix) summed(data.subarray(at - (at % 512), at - (at % 512) + 512));
    }
    return data;
  };
  const cut = fc.option(fc.nat(whole.length), { nil: whole.length });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 4 }), cut, fc.boolean(), (changes, length, packed) => {
      const data = changed(changes).subarray(0, length);
      return unpackedOrRefused(packed ? gzipSync(data) : data);
    }),
    { numRuns: 1000 },
  );
}, 120_000);
