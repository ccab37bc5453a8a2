import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { version } from '../build.js';
import { measureFile } from '../host/digest.js';
import { fileSize, mkdir, removePath, rename, syncFolder, withStorageErrors, writeFileAtomic } from '../host/files.js';
import { type TarFile, writeTarFile } from '../host/tar-writer.js';
import { modulesIn } from './initrd.js';
import { fixedLicences, rootfsLicences } from './licences.js';
import { type Manifest, writeManifest } from './manifest.js';
import { type Metadata, metadataName, parseMetadata } from './metadata.js';
import type { BundleKernel, BundleRootfs } from './read.js';

/** What a bundle is made of. The digests of objects may be empty: then they are computed. */
export interface BundleParts {
  readonly kernel: BundleKernel;
  readonly rootfs: BundleRootfs;
  readonly programs: { readonly firecracker?: string; readonly jailer?: string };
}

export interface PackageOptions {
  readonly compression: 'gzip' | 'zstd';
  readonly signal?: AbortSignal;
  /** Hears what is done now, and how far it is in bytes. */
  readonly onProgress?: (step: string, done: number, total: number | undefined) => void;
}

export interface Packaged {
  readonly manifest: Manifest;
  readonly manifestPath: string;
  readonly metadata: Metadata;
}

/**
 * Packs a bundle into the archive `output`, and writes a manifest for it beside, `output`.toml; both take the place of
 * what is there. The same parts give the same bytes. On any error nothing new is left.
 */
export async function packageBundle(parts: BundleParts, output: string, options: PackageOptions): Promise<Packaged> {
  const work = join(dirname(output), `.${basename(output)}.${randomBytes(6).toString('hex')}`);
  return withStorageErrors(output, async () => {
    await mkdir(work, { recursive: true });
    try {
      const files = await measure(filesOf(parts), options);
      const metadata = parseMetadata(JSON.stringify(await describe(parts, files, work, options.signal)), output);
      const archive = join(work, 'archive');
      await pack(archive, files, metadata, options);
      const { digest } = await measureFile(archive, { signal: options.signal });
      const url = pathToFileURL(output);
      const manifest = { url, sha256: digest.slice('sha256:'.length), size: await fileSize(archive) };
      await rename(archive, output);
      await syncFolder(dirname(output));
      const manifestPath = `${output}.toml`;
      await writeFileAtomic(manifestPath, writeManifest(manifest), 0o644);
      return { manifest, manifestPath, metadata };
    } finally {
      await removePath(work);
    }
  });
}

interface MeasuredFile extends TarFile {
  readonly sha256: string;
}

/** Under the names of the legacy layout, so that older readers find them too. */
function filesOf({ kernel, rootfs, programs }: BundleParts): Omit<MeasuredFile, 'size' | 'sha256'>[] {
  const helpers = Object.entries(programs).map(([name, source]) => ({ name, mode: 0o755, source }));
  return [
    { name: 'initrd', mode: 0o644, source: kernel.initrdPath },
    { name: 'rootfs.ext4', mode: 0o644, source: rootfs.path },
    { name: 'vmlinux', mode: 0o644, source: kernel.vmlinuxPath },
    ...helpers,
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function measure(files: ReturnType<typeof filesOf>, options: PackageOptions): Promise<MeasuredFile[]> {
  const { signal, onProgress } = options;
  const measured: MeasuredFile[] = [];
  for (const file of files) {
    const onBytes = (done: number) => onProgress?.(`read ${file.name}`, done, undefined);
    const { digest, bytes } = await measureFile(file.source as string, { signal, onBytes });
    measured.push({ ...file, size: bytes, sha256: digest.slice('sha256:'.length) });
  }
  return measured;
}

async function describe(
  { kernel, rootfs, programs }: BundleParts,
  files: readonly MeasuredFile[],
  work: string,
  signal?: AbortSignal,
): Promise<Metadata> {
  const packaged = await rootfsLicences(rootfs.path, rootfs.provenance.packages, join(work, 'doc'), signal);
  const { vmlinuxPath: _vmlinux, initrdPath: _initrd, ...aboutKernel } = kernel;
  return {
    format: 1,
    version,
    kernel: {
      ...pick(aboutKernel, ['name', 'digest', 'release', 'initrdFormat', 'provenance']),
      vmlinux: 'vmlinux',
      initrd: 'initrd',
      modules: await modulesIn(kernel.initrdPath),
    },
    rootfs: { ...pick(rootfs, ['name', 'digest', 'init', 'defaultUser', 'provenance']), path: 'rootfs.ext4' },
    programs: Object.fromEntries(Object.keys(programs).map((name) => [name, name])),
    files: Object.fromEntries(files.map(({ name, sha256, size }) => [name, { sha256, size }])),
    licences: [...fixedLicences(kernel.provenance.packages, programs), ...packaged],
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

async function pack(
  archive: string,
  files: readonly MeasuredFile[],
  metadata: Metadata,
  { compression, signal, onProgress }: PackageOptions,
): Promise<void> {
  const about = Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`);
  const all = [{ name: metadataName, mode: 0o644, size: about.length, source: about }, ...files];
  const total = all.reduce((sum, { size }) => sum + size, 0);
  const onBytes = (done: number) => onProgress?.('pack', done, total);
  await writeTarFile(archive, all, { compression, signal, onBytes });
}
