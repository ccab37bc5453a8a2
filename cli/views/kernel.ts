import { type Kernel, KernelEntry, KernelPayload } from '../../gen/banger/imaged/v1/image_service.js';
import { age, bytes } from '../render/format.js';
import type { Style } from '../render/style.js';
import { type Column, properties, table } from '../render/table.js';
import { common, shortDigest } from './image.js';

const columns: readonly Column<Kernel>[] = [
  { title: 'NAME', cell: ({ names }) => names.join(', ') },
  { title: 'RELEASE', cell: (kernel) => kernel.release },
  { title: 'DIGEST', cell: (kernel, { wide }) => (wide ? kernel.digest : shortDigest(kernel.digest)) },
  { title: 'DEFAULT', cell: (kernel) => (kernel.defaultKernel ? 'yes' : 'no') },
  { title: 'VMS', cell: (kernel) => String(kernel.holders.length), right: true },
  { title: 'AGE', cell: (kernel, style) => age(kernel.createTime, style.now) },
  { title: 'SIZE', cell: (kernel) => bytes(kernel.vmlinuxBytes), right: true, wide: true },
  { title: 'INITRD', cell: (kernel) => bytes(kernel.initrdBytes), right: true, wide: true },
  { title: 'HELD BY', cell: (kernel) => kernel.holders.join(', ') || '-', wide: true },
];

export function kernelTable(kernels: readonly Kernel[], style: Style): string {
  if (kernels.length === 0) {
    return 'There are no kernels. Build one with `banger kernel build`, or import one with `banger kernel import`.';
  }
  return table(columns, kernels, style);
}

export function kernelDetails(kernel: Kernel, style: Style): string {
  return properties(
    [
      ['Name', kernel.names.join(', ')],
      ['Release', kernel.release],
      ['Digest', kernel.digest],
      ['Default', kernel.defaultKernel ? 'yes' : 'no'],
      ['Boots', entriesOf(kernel)],
      ['Payload', payloads[kernel.payload]],
      ['Size', `${bytes(kernel.vmlinuxBytes)}, and ${bytes(kernel.initrdBytes)} of initrd`],
      ['Modules', modulesOf(kernel)],
      ...common(kernel, style),
    ],
    style,
  );
}

const notKnown = 'not known: it was made by an older banger';

const payloads: Readonly<Record<KernelPayload, string>> = {
  [KernelPayload.UNSPECIFIED]: notKnown,
  [KernelPayload.NONE]: 'a plain ELF vmlinux',
  [KernelPayload.GZIP]: 'a bzImage, packed with gzip',
  [KernelPayload.LZ4]: 'a bzImage, packed with lz4',
  [KernelPayload.XZ]: 'a bzImage, packed with xz',
  [KernelPayload.ZSTD]: 'a bzImage, packed with zstd',
};

/** In which hypervisors it boots, and by which entries. */
export function entriesOf({ entries }: Kernel): string {
  if (entries.length === 0) return notKnown;
  const pvh = entries.includes(KernelEntry.PVH);
  if (!pvh) return 'in Firecracker alone, by its 64-bit entry: it has no PVH note, which QEMU needs';
  return `in QEMU and Firecracker, by ${entries.includes(KernelEntry.LINUX64) ? 'PVH or its 64-bit entry' : 'PVH'}`;
}

/** What is in its initrd. */
export function modulesOf({ modules, payload }: Kernel): string {
  if (payload === KernelPayload.UNSPECIFIED) return notKnown;
  return modules.length === 0 ? 'none, all drivers are taken to be built in' : modules.join(', ');
}
