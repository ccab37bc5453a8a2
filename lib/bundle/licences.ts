import { join } from 'node:path';
import { hostNotReady } from '../errors.js';
import { runCommand } from '../host/command.js';
import { mkdir, readTextIfExists } from '../host/files.js';
import { missingTools } from '../host/preflight.js';
import type { Licence } from './metadata.js';

/** Where Debian keeps a package's licences: Debian Policy, section 12.5. */
const copyrightOf = (packageName: string) => `usr/share/doc/${packageName}/copyright`;
const maxNames = 12;

/**
 * The licences of the packages in a root file system, as their copyright files name them; `folder` takes those files.
 * Nothing is mounted. Fails with HOST_NOT_READY.
 */
export async function rootfsLicences(
  rootfs: string,
  packages: readonly string[],
  folder: string,
  signal?: AbortSignal,
): Promise<Licence[]> {
  const missing = await missingTools([{ program: 'debugfs', debianPackage: 'e2fsprogs' }]);
  if (missing.length > 0) throw hostNotReady('read the licences of the root file system', missing);
  await mkdir(folder);
  // Says on standard error what it could not do, and ends with 0: a file system without documents has no licences to copy.
  await runCommand(['debugfs', '-R', `rdump /usr/share/doc ${folder}`, rootfs], { signal, timeoutMs: 600_000 });
  return Promise.all(
    packages.map(async (name) => {
      const [packageName = ''] = name.split('=');
      const text = await readTextIfExists(join(folder, 'doc', packageName, 'copyright'));
      return { part: `rootfs.ext4: ${name}`, ...describe(text, packageName) };
    }),
  );
}

function describe(text: string | undefined, packageName: string): Omit<Licence, 'part'> {
  const source = `/${copyrightOf(packageName)} in rootfs.ext4`;
  if (text === undefined) return { licence: 'not recorded', source: `the Debian package ${packageName}` };
  return { licence: licenceNames(text) || 'see its source', source };
}

/** The short names in a copyright file of Debian's machine-readable format; empty when it has another. */
export function licenceNames(copyright: string): string {
  const names = [...copyright.matchAll(/^Licen[sc]e: *(\S[^\n]*)$/gim)].map(([, name = '']) => name.trim());
  const known = [...new Set(names)].sort();
  const shown = known.slice(0, maxNames).join(', ');
  return (known.length > maxNames ? `${shown}, …` : shown).replace(/\p{Cc}/gu, ' ').slice(0, 400);
}

/** Of what is in every bundle, and of the helper programs that this one has. */
export function fixedLicences(
  kernelPackages: readonly string[],
  programs: { readonly firecracker?: string; readonly jailer?: string },
): Licence[] {
  const source = kernelPackages.length > 0 ? `the Debian package ${kernelPackages.join(', ')}` : 'https://kernel.org';
  const helpers = (['firecracker', 'jailer'] as const).filter((name) => programs[name] !== undefined);
  return [
    { part: 'vmlinux', licence: 'GPL-2.0-only WITH Linux-syscall-note', source },
    { part: 'initrd: kernel modules', licence: 'GPL-2.0-only WITH Linux-syscall-note', source },
    { part: 'initrd: busybox', licence: 'GPL-2.0-only', source: 'the Debian package busybox-static' },
    { part: 'initrd: init', licence: 'Apache-2.0', source: 'banger' },
    ...helpers.map((part) => ({
      part,
      licence: 'Apache-2.0',
      source: 'https://github.com/firecracker-microvm/firecracker',
    })),
  ];
}
