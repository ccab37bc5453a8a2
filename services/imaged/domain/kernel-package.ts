import { parseDeb822, type Stanza } from './deb822.js';

/** A package that holds a kernel. */
export interface KernelPackage {
  readonly name: string;
  readonly version: string;
  /** The release, as `uname -r` says it, such as "6.1.0-56-cloud-amd64". */
  readonly release: string;
  /** The size of the package file in bytes. */
  readonly sizeBytes: number;
}

const imagePrefix = 'linux-image-';

/**
 * The package that holds the kernel when `packageName` is the one to follow: the distribution's packages without a
 * version only depend on the newest with one. `shown` is what `apt-cache show` says of `packageName`.
 */
export function kernelImagePackage(packageName: string, shown: string): string | undefined {
  if (releaseOf(packageName) !== undefined) return packageName;
  const [stanza] = parseDeb822(shown);
  const dependencies = (stanza?.get('depends') ?? '').split(',').map((part) => part.trim().split(/[\s|(]/)[0] ?? '');
  return dependencies.find((name) => releaseOf(name) !== undefined);
}

/** The kernel package that `apt-cache show` describes; undefined when it describes none. */
export function parseKernelPackage(shown: string): KernelPackage | undefined {
  const [stanza] = parseDeb822(shown);
  const name = stanza?.get('package') ?? '';
  const version = stanza?.get('version');
  const release = releaseOf(name);
  if (version === undefined || release === undefined) return undefined;
  return { name, version, release, sizeBytes: Number(stanza?.get('size') ?? 0) };
}

function releaseOf(packageName: string): string | undefined {
  const release = packageName.startsWith(imagePrefix) ? packageName.slice(imagePrefix.length) : '';
  return /^\d/.test(release) ? release : undefined;
}

/** The installed packages of /var/lib/dpkg/status as "name=version", sorted. */
export function installedPackages(status: string): string[] {
  const installed = (stanza: Stanza) => /(^| )installed$/.test(stanza.get('status') ?? '');
  const stanzas = parseDeb822(status).filter(installed);
  return stanzas.map((stanza) => `${stanza.get('package')}=${stanza.get('version')}`).sort();
}
