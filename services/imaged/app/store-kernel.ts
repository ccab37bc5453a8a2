import { kernelDigest } from '../domain/digest.js';
import { type KernelOrigin, kernelUnbootable, kernelUnreadable } from '../domain/errors.js';
import type { Kernel, Provenance } from '../domain/image.js';
import { initrdFormat, type KernelModule } from '../domain/initrd.js';
import { judgeKernel, type KernelEntry } from '../domain/kernel-elf.js';
import type { Library } from './library.js';
import type { Objects, UnpackedKernel, Work } from './ports.js';

/** The doors by which a kernel can be booted. Fails with KERNEL_UNBOOTABLE, and KERNEL_UNREADABLE when it is no Linux. */
export function checkBootable(origin: KernelOrigin, { vmlinux, release }: UnpackedKernel): readonly KernelEntry[] {
  const verdict = judgeKernel(vmlinux);
  if ('problems' in verdict) throw kernelUnbootable(origin, verdict.problems);
  if (release === '') throw kernelUnreadable(origin, 'it does not say which Linux it is');
  return verdict.entries;
}

/** Runs a reader of what others have made, whose RangeErrors say what is wrong with that. */
export async function reading<T>(refuse: (why: string) => Error, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof RangeError ? refuse(error.message) : error;
  }
}

export interface ReadyKernel {
  readonly unpacked: UnpackedKernel;
  readonly entries: readonly KernelEntry[];
  readonly modules: readonly KernelModule[];
  readonly provenance: Provenance;
  readonly wantedName?: string;
}

/** Makes an object of a kernel whose initrd is in `folder` already. */
export async function storeKernel(
  { objects, library }: { readonly objects: Objects; readonly library: Library },
  { unpacked, entries, modules, provenance, wantedName }: ReadyKernel,
  folder: string,
  work: Work,
): Promise<Kernel> {
  await objects.write(`${folder}/vmlinux`, unpacked.vmlinux);
  const vmlinux = await objects.measure(`${folder}/vmlinux`, work);
  const initrd = await objects.measure(`${folder}/initrd`, work);
  return library.keep(folder, {
    kind: 'kernel',
    digest: kernelDigest(vmlinux.digest, initrd.digest),
    createTime: new Date().toISOString(),
    provenance,
    ...(wantedName !== undefined && { wantedName }),
    release: unpacked.release,
    vmlinuxBytes: vmlinux.bytes,
    initrdBytes: initrd.bytes,
    initrdFormat,
    traits: { entries, payload: unpacked.payload, modules: modules.map(({ name }) => name) },
  });
}
