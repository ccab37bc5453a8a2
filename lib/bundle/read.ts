import { join, sep } from 'node:path';
import type { FieldViolation } from '../errors.js';
import { measureFile } from '../host/digest.js';
import { lstat, pathExists, readdir, readTextIfExists, realpath, stat } from '../host/files.js';
import { bundleDamaged, bundleInvalid, bundleMissing } from './errors.js';
import { type Metadata, metadataName, type Provenance, parseMetadata } from './metadata.js';
import { formerFolder } from './places.js';

/** A runtime bundle as it lies on this host. All paths are absolute. */
export interface Bundle {
  readonly folder: string;
  /** What bundle.json says; undefined for one of the legacy layout, which has none. */
  readonly metadata: Metadata | undefined;
  readonly kernel: BundleKernel | undefined;
  readonly rootfs: BundleRootfs | undefined;
  readonly programs: { readonly firecracker?: string; readonly jailer?: string };
}

/** Of the legacy layout nothing is known but the files: its digest is empty, and its provenance too. */
export interface BundleKernel {
  readonly name: string;
  readonly digest: string;
  readonly release: string;
  readonly initrdFormat: number;
  readonly provenance: Provenance;
  readonly vmlinuxPath: string;
  readonly initrdPath: string;
}

export interface BundleRootfs {
  readonly name: string;
  readonly digest: string;
  readonly init: 'system' | 'light';
  readonly defaultUser: string;
  readonly provenance: Provenance;
  readonly path: string;
}

/** The names of files in bundles that have no bundle.json. */
const legacyNames = {
  vmlinux: ['vmlinux'],
  initrd: ['initrd', 'initrd.img'],
  rootfs: ['rootfs.ext4'],
  firecracker: ['firecracker'],
  jailer: ['jailer'],
} as const;
/** What the parts of a legacy bundle are called, for it does not say. */
const legacyName = 'default';
const noProvenance: Provenance = { source: 'runtime bundle', suite: '', packages: [], inputDigest: '' };

/**
 * Reads the bundle in `folder`, by its bundle.json or, without one, by the well-known names of its files; the folder may
 * be undefined, with `source` saying why. Nothing is written. Fails with BUNDLE_MISSING, or with BUNDLE_INVALID, telling
 * all mistakes: files that are not there, have another size, or lie outside, also by way of a link.
 */
export async function openBundle(folder: string | undefined, source: string): Promise<Bundle> {
  if (folder === undefined) throw bundleMissing(undefined, source);
  const there = await currentFolder(folder);
  if (there === undefined) throw bundleMissing(folder, `decided by ${source}`);
  const text = await readTextIfExists(join(there, metadataName));
  const bundle = text === undefined ? await legacyBundle(there) : await describedBundle(there, text);
  if (bundle === undefined) {
    throw bundleMissing(folder, `it holds neither ${metadataName} nor any file of a bundle; decided by ${source}`);
  }
  return bundle;
}

/** While a bundle takes the place of its former one, a crash may leave that aside for a moment. */
async function currentFolder(folder: string): Promise<string | undefined> {
  if (await pathExists(folder)) return folder;
  const former = formerFolder(folder);
  return (await pathExists(former)) ? former : undefined;
}

async function describedBundle(folder: string, text: string): Promise<Bundle> {
  const metadata = parseMetadata(text, folder);
  const problems: FieldViolation[] = [];
  for (const [path, { size }] of Object.entries(metadata.files)) {
    const problem = await problemOf(folder, path, size);
    if (problem) problems.push({ field: path, description: problem });
  }
  if (problems.length > 0) throw bundleInvalid(folder, problems);
  const { kernel, rootfs, programs } = metadata;
  const at = (path: string) => join(folder, path);
  return {
    folder,
    metadata,
    kernel: { ...kernel, vmlinuxPath: at(kernel.vmlinux), initrdPath: at(kernel.initrd) },
    rootfs: { ...rootfs, path: at(rootfs.path) },
    programs: {
      ...(programs.firecracker && { firecracker: at(programs.firecracker) }),
      ...(programs.jailer && { jailer: at(programs.jailer) }),
    },
  };
}

async function problemOf(folder: string, path: string, size?: number): Promise<string | undefined> {
  const real = await realpath(join(folder, path)).catch((error: NodeJS.ErrnoException) => ({ code: error.code }));
  if (typeof real !== 'string') return real.code === 'ENOENT' ? 'is not there' : `cannot be read (${real.code})`;
  if (!real.startsWith(`${await realpath(folder)}${sep}`)) return 'leads out of the bundle';
  const found = await stat(real);
  if (!found.isFile()) return 'is no file';
  return size === undefined || found.size === size ? undefined : `has ${found.size} bytes, not ${size}`;
}

/** Undefined when none of the names is there. */
async function legacyBundle(folder: string): Promise<Bundle | undefined> {
  const problems: FieldViolation[] = [];
  const find = async (names: readonly string[]): Promise<string | undefined> => {
    for (const name of names) {
      if (!(await pathExists(join(folder, name)))) continue;
      const problem = await problemOf(folder, name);
      if (problem) problems.push({ field: name, description: problem });
      return join(folder, name);
    }
    return undefined;
  };
  const [vmlinuxPath, initrdPath] = [await find(legacyNames.vmlinux), await find(legacyNames.initrd)];
  const rootfsPath = await find(legacyNames.rootfs);
  const [firecracker, jailer] = [await find(legacyNames.firecracker), await find(legacyNames.jailer)];
  if ([vmlinuxPath, initrdPath, rootfsPath, firecracker, jailer].every((path) => path === undefined)) return undefined;
  if ((vmlinuxPath === undefined) !== (initrdPath === undefined)) {
    problems.push({ field: 'vmlinux and initrd', description: 'must both be there, or none of them' });
  }
  if (problems.length > 0) throw bundleInvalid(folder, problems);
  const common = { name: legacyName, digest: '', provenance: noProvenance };
  return {
    folder,
    metadata: undefined,
    kernel:
      vmlinuxPath && initrdPath ? { ...common, release: '', initrdFormat: 1, vmlinuxPath, initrdPath } : undefined,
    rootfs: rootfsPath ? { ...common, init: 'system', defaultUser: 'root', path: rootfsPath } : undefined,
    programs: { ...(firecracker && { firecracker }), ...(jailer && { jailer }) },
  };
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Hears how many of all bytes are done. */
  readonly onBytes?: (done: number, total: number) => void;
}

/**
 * Reads every file and holds it against bundle.json. Fails with BUNDLE_DAMAGED, telling all files that differ, and those
 * that bundle.json does not know. Returns how many files it has compared: none in a legacy bundle, which has no digests.
 */
export async function verifyBundle(bundle: Bundle, { signal, onBytes }: VerifyOptions = {}): Promise<number> {
  const files = Object.entries(bundle.metadata?.files ?? {});
  const total = files.reduce((sum, [, { size }]) => sum + size, 0);
  const problems: FieldViolation[] = [];
  let done = 0;
  for (const [path, { sha256, size }] of files) {
    const before = done;
    const measuring = { signal, onBytes: (bytes: number) => onBytes?.(before + bytes, total) };
    const { digest } = await measureFile(join(bundle.folder, path), measuring);
    if (digest !== `sha256:${sha256}`)
      problems.push({ field: path, description: `is ${digest}, not sha256:${sha256}` });
    done += size;
  }
  if (bundle.metadata) problems.push(...(await unknownFiles(bundle.folder, bundle.metadata)));
  if (problems.length > 0) throw bundleDamaged(bundle.folder, problems);
  return files.length;
}

async function unknownFiles(folder: string, { files }: Metadata): Promise<FieldViolation[]> {
  const names = await readdir(folder, { recursive: true });
  const unknown: FieldViolation[] = [];
  for (const name of names.sort()) {
    if (name === metadataName || Object.hasOwn(files, name)) continue;
    if ((await lstat(join(folder, name))).isDirectory()) continue;
    unknown.push({ field: name, description: `is not in ${metadataName}` });
  }
  return unknown;
}
