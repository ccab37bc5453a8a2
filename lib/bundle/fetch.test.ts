import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BangerError, commonReasons } from '../errors.js';
import { removePath } from '../host/files.js';
import { identify } from '../host/process.js';
import { writeTarFile } from '../host/tar-writer.js';
import { bundleFiles, sampleMetadata, sha256Of } from '../testing/bundle.js';
import { fileServer, serve } from '../testing/file-server.js';
import { tar } from '../testing/raw-tar.js';
import { tempFolder } from '../testing/temp-folder.js';
import { bundleReasons } from './errors.js';
import { fetchBundle } from './fetch.js';
import { parseManifest } from './manifest.js';
import type { Metadata } from './metadata.js';
import { packageBundle } from './package.js';
import { openBundle, verifyBundle } from './read.js';
import { bundleSteps } from './steps.js';

let temp: Awaited<ReturnType<typeof tempFolder>>;
let runtime: string;
const at = (name: string) => join(temp.path, name);

beforeEach(async () => {
  temp = await tempFolder();
  runtime = at('runtime');
});

afterEach(() => temp.remove());

/** Lays a bundle's files into a folder. */
async function layOut(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o755 });
}

const described = (metadata: Metadata = sampleMetadata()) => ({
  ...bundleFiles,
  'bundle.json': JSON.stringify(metadata),
});

/** Writes an archive and returns a manifest for it. */
async function stage(files: Readonly<Record<string, string>> = described()) {
  const entries = Object.entries(files).map(([name, text]) => ({
    name,
    mode: 0o644,
    size: text.length,
    source: Buffer.from(text),
  }));
  const archive = at('archive.tar');
  await removePath(archive);
  await writeTarFile(archive, entries, { compression: 'gzip' });
  return manifestOf(await readFile(archive));
}

const manifestOf = (data: Buffer) => ({
  url: pathToFileURL(at('archive.tar')),
  sha256: sha256Of(data),
  size: undefined,
});

async function failureOf(work: Promise<unknown>): Promise<BangerError> {
  return work.then(
    () => {
      throw new Error('it went well');
    },
    (error: BangerError) => error,
  );
}

const versionIn = async (folder: string) => JSON.parse(await readFile(join(folder, 'bundle.json'), 'utf8')).version;
const newer = () => described({ ...sampleMetadata(), version: '0.2.0' });

describe('fetching', () => {
  test('an archive fills the folder, and nothing else is left', async () => {
    const bundle = await fetchBundle(await stage(), runtime);
    expect(bundle.kernel?.vmlinuxPath).toBe(join(runtime, 'vmlinux'));
    expect(bundle.programs).toEqual({ firecracker: join(runtime, 'firecracker') });
    expect(await verifyBundle(bundle)).toBe(4);
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  test('a newer one takes the place of the former', async () => {
    await fetchBundle(await stage(), runtime);
    await fetchBundle(await stage(newer()), runtime);
    expect(await versionIn(runtime)).toBe('0.2.0');
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  test('over HTTP, gone on with after an interruption', async () => {
    const manifest = await stage();
    const data = await readFile(at('archive.tar'));
    const server = await fileServer((request, response, count) => {
      if (count > 1) return serve(data, '"1"')(request, response, count);
      response.writeHead(200, { etag: '"1"', 'content-length': data.length });
      response.write(data.subarray(0, 100));
    });
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('Ctrl-C'));
    const url = server.url;
    await expect(fetchBundle({ ...manifest, url }, runtime, { signal: stop.signal, onProgress })).rejects.toThrow(
      'Ctrl-C',
    );
    expect((await readdir(at('runtime.fetch'))).sort()).toEqual(['archive', 'archive.json']);
    await fetchBundle({ ...manifest, url }, runtime, { pauseMs: 1 });
    expect(server.requests.some(({ headers }) => headers.range !== undefined)).toBe(true);
    await server.close();
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  test('an archive with another digest is not unpacked', async () => {
    await fetchBundle(await stage(), runtime);
    const error = await failureOf(fetchBundle({ ...(await stage(newer())), sha256: '0'.repeat(64) }, runtime));
    expect(error).toMatchObject({ kind: 'invalid', reason: bundleReasons.ARCHIVE_MISMATCH });
    expect(await versionIn(runtime)).toBe('0.1.0');
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  const metadata = sampleMetadata();
  const vmlinux = { sha256: '0'.repeat(64), size: bundleFiles.vmlinux?.length ?? 0 };
  test.each<readonly [string, () => Promise<Buffer | undefined>, string]>([
    ['leads out', async () => tar({ name: '../evil', content: 'x' }), commonReasons.ARCHIVE_REFUSED],
    ['is none', async () => Buffer.from('no archive at all'), commonReasons.ARCHIVE_DAMAGED],
    ['holds no bundle', async () => tar({ name: 'readme', content: 'x' }), bundleReasons.BUNDLE_MISSING],
    ['has a wrong bundle.json', async () => tar({ name: 'bundle.json', content: '{}' }), bundleReasons.BUNDLE_INVALID],
    [
      'lacks a file',
      async () => tar({ name: 'bundle.json', content: JSON.stringify(metadata) }),
      bundleReasons.BUNDLE_INVALID,
    ],
    [
      'has a file with another digest',
      async () => void (await stage(described({ ...metadata, files: { ...metadata.files, vmlinux } }))),
      bundleReasons.BUNDLE_DAMAGED,
    ],
    [
      'has a file too many',
      async () => void (await stage({ ...described(), extra: 'x' })),
      bundleReasons.BUNDLE_DAMAGED,
    ],
  ])('an archive that %s changes nothing', async (_what, make, reason) => {
    await fetchBundle(await stage(), runtime);
    const data = await make();
    if (data) await writeFile(at('archive.tar'), data);
    const error = await failureOf(fetchBundle(manifestOf(await readFile(at('archive.tar'))), runtime));
    expect(error.reason).toBe(reason);
    expect(await versionIn(runtime)).toBe('0.1.0');
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  test('an archive that is not there, or larger than its manifest says', async () => {
    const manifest = await stage();
    const missing = { ...manifest, url: pathToFileURL(at('nowhere')) };
    expect((await failureOf(fetchBundle(missing, runtime))).message).toMatch(/it cannot be read \(ENOENT\)/);
    expect((await failureOf(fetchBundle({ ...manifest, size: 3 }, runtime))).message).toMatch(/larger than 3 bytes/);
  });

  test('one at a time; a lock whose process is gone means nothing', async () => {
    await mkdir(at('runtime.fetch'));
    const me = identify(process.pid);
    await writeFile(at('runtime.fetch/lock'), JSON.stringify(me));
    const error = await failureOf(fetchBundle(await stage(), runtime));
    expect(error).toMatchObject({ reason: bundleReasons.BUNDLE_BUSY, metadata: { pid: String(process.pid) } });
    await writeFile(at('runtime.fetch/lock'), JSON.stringify({ ...me, startTime: 1 }));
    await fetchBundle(await stage(), runtime);
  });
});

describe('after a crash', () => {
  test('between the two renames the former bundle is found, and comes back', async () => {
    await fetchBundle(await stage(), runtime);
    await mkdir(at('runtime.fetch/tree'), { recursive: true });
    await rename(runtime, at('runtime.fetch/former'));
    const bundle = await openBundle(runtime, 'test');
    expect(bundle.metadata?.version).toBe('0.1.0');
    await failureOf(fetchBundle({ ...(await stage()), sha256: '0'.repeat(64) }, runtime));
    expect(await versionIn(runtime)).toBe('0.1.0');
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });

  test('what was left is cleared away by the next fetch', async () => {
    await layOut(at('runtime.fetch/tree'), { half: 'x' });
    await layOut(at('runtime.fetch/former'), described());
    await layOut(runtime, described());
    await fetchBundle(await stage(newer()), runtime);
    expect(await versionIn(runtime)).toBe('0.2.0');
    expect((await readdir(temp.path)).sort()).toEqual(['archive.tar', 'runtime']);
  });
});

describe('reading', () => {
  test('no bundle, and no place for one, tell how to come by one', async () => {
    for (const work of [
      openBundle(runtime, 'x'),
      openBundle(undefined, 'x'),
      mkdir(runtime).then(() => openBundle(runtime, 'x')),
    ]) {
      const error = await failureOf(work);
      expect(error).toMatchObject({ kind: 'not-found', reason: bundleReasons.BUNDLE_MISSING });
      expect(error.message).toContain(bundleSteps);
    }
  });

  test('without bundle.json the well-known names are understood', async () => {
    await layOut(runtime, { vmlinux: 'v', 'initrd.img': 'i', 'rootfs.ext4': 'r', firecracker: 'f', jailer: 'j' });
    await mkdir(join(runtime, 'modules'));
    const bundle = await openBundle(runtime, 'test');
    expect(bundle).toMatchObject({
      metadata: undefined,
      kernel: { name: 'default', initrdPath: join(runtime, 'initrd.img') },
      rootfs: { name: 'default', path: join(runtime, 'rootfs.ext4') },
      programs: { firecracker: join(runtime, 'firecracker'), jailer: join(runtime, 'jailer') },
    });
    expect(await verifyBundle(bundle)).toBe(0);
  });

  test('a kernel without its initrd is told', async () => {
    await layOut(runtime, { vmlinux: 'v' });
    expect((await failureOf(openBundle(runtime, 'x'))).message).toMatch(/vmlinux and initrd: must both be there/);
  });

  test.each([true, false])('links that leave the bundle are refused (with bundle.json: %s)', async (withMetadata) => {
    const { vmlinux: _, ...rest } = described() as Record<string, string>;
    await layOut(runtime, rest);
    if (!withMetadata) await rename(join(runtime, 'bundle.json'), at('aside'));
    await writeFile(at('outside'), bundleFiles.vmlinux ?? '');
    await symlink('../outside', join(runtime, 'vmlinux'));
    const error = await failureOf(openBundle(runtime, 'x'));
    expect(error.fields).toEqual([{ field: 'vmlinux', description: 'leads out of the bundle' }]);
  });

  test('links that stay in it are followed, and all that is wrong is told at once', async () => {
    const { vmlinux = '', initrd: _, ...rest } = described() as Record<string, string>;
    await layOut(runtime, { ...rest, firecracker: 'shorter', real: vmlinux });
    await symlink('real', join(runtime, 'vmlinux'));
    const error = await failureOf(openBundle(runtime, 'x'));
    expect(error.fields.map(({ field }) => field).sort()).toEqual(['firecracker', 'initrd']);
  });

  test('a read-only bundle is all that is needed', async () => {
    await layOut(runtime, described());
    await chmod(runtime, 0o555);
    await verifyBundle(await openBundle(runtime, 'x'));
    expect(await readdir(temp.path)).toEqual(['runtime']);
  });

  test('a file that was changed without changing its size is found', async () => {
    await layOut(runtime, { ...described(), vmlinux: 'b kernel' });
    const error = await failureOf(verifyBundle(await openBundle(runtime, 'x')));
    expect(error).toMatchObject({ reason: bundleReasons.BUNDLE_DAMAGED, fields: [{ field: 'vmlinux' }] });
  });
});

test('a bundle that was packaged can be fetched, and the same parts give the same archive', async () => {
  await layOut(at('parts'), bundleFiles);
  const parts = {
    kernel: { ...sampleMetadata().kernel, vmlinuxPath: at('parts/vmlinux'), initrdPath: at('parts/initrd') },
    rootfs: { ...sampleMetadata().rootfs, path: at('parts/rootfs.ext4') },
    programs: { firecracker: at('parts/firecracker') },
  };
  const one = await packageBundle(parts, at('one.tar.zst'), { compression: 'zstd' });
  const two = await packageBundle(parts, at('two.tar.zst'), { compression: 'zstd' });
  expect(two.manifest.sha256).toBe(one.manifest.sha256);
  const manifest = parseManifest(await readFile(one.manifestPath, 'utf8'), one.manifestPath);
  const bundle = await fetchBundle(manifest, runtime);
  expect(await verifyBundle(bundle)).toBe(4);
  expect(bundle.metadata?.licences).toContainEqual(
    expect.objectContaining({ part: 'firecracker', licence: 'Apache-2.0' }),
  );
  expect(bundle.metadata?.rootfs).toEqual(sampleMetadata().rootfs);
  expect((await readdir(temp.path)).sort()).toEqual([
    'one.tar.zst',
    'one.tar.zst.toml',
    'parts',
    'runtime',
    'two.tar.zst',
    'two.tar.zst.toml',
  ]);
});
