import type { Bundle } from '../../lib/bundle/read.js';
import { bytes } from '../render/format.js';
import type { Style } from '../render/style.js';
import { properties } from '../render/table.js';

export function bundleJson({ folder, metadata, programs, kernel, rootfs }: Bundle): object {
  const paths = { vmlinux: kernel?.vmlinuxPath, initrd: kernel?.initrdPath, rootfs: rootfs?.path, ...programs };
  return { folder, layout: metadata ? 'described' : 'legacy', paths, metadata: metadata ?? null };
}

export function bundleDetails(bundle: Bundle, style: Style): string {
  const { folder, metadata, kernel, rootfs, programs } = bundle;
  const sizes = Object.values(metadata?.files ?? {}).map(({ size }) => size);
  return properties(
    [
      ['Folder', folder],
      ['Version', metadata?.version ?? 'not known: it has no bundle.json'],
      ['Kernel', kernel && named(kernel)],
      ['Modules', metadata?.kernel.modules.join(', ')],
      ['Image', rootfs && `${named(rootfs)}, init ${rootfs.init}, user ${rootfs.defaultUser}`],
      ['Firecracker', programs.firecracker],
      ['Jailer', programs.jailer],
      ['Size', sizes.length > 0 ? bytes(sizes.reduce((sum, size) => sum + size, 0)) : undefined],
      ['Licences', metadata && `of ${metadata.licences.length} parts: ${licences(bundle)}`],
    ],
    style,
  );
}

function named({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return digest === '' ? name : `${name} (${digest.replace('sha256:', '').slice(0, 12)})`;
}

/** Of what is not a package in the root file system. */
function licences({ metadata }: Bundle): string {
  const own = metadata?.licences.filter(({ part }) => !part.startsWith('rootfs.ext4: ')) ?? [];
  return `${own.map(({ part, licence }) => `${part}: ${licence}`).join('; ')}; all with --json`;
}
