import { join } from 'node:path';
import { pathExists } from '../../../lib/host/files.js';
import type { UnpackedKernel } from '../app/ports.js';
import { isBzImage, maxVmlinuxBytes, readBzImage } from '../domain/bzimage.js';
import { findRelease } from '../domain/kernel-release.js';
import { unpackKernel } from './decompress.js';
import { extractKernelPackage, isPackage } from './kernel-package-file.js';
import { readRegularFile } from './regular-file.js';

/**
 * Takes a kernel out of a bzImage, an ELF vmlinux or a Debian package; `folder` takes what a package holds beside it.
 * Throws a RangeError that says why there is none to be had.
 */
export async function readKernel(path: string, folder: string, signal: AbortSignal): Promise<UnpackedKernel> {
  const file = await readRegularFile(path, maxVmlinuxBytes);
  if (!isPackage(file)) return unpackImage(file, signal);
  const { image, package: from, modulesFolder } = await extractKernelPackage(path, folder, signal);
  const kernel = await unpackImage(image, signal);
  const modules = join(modulesFolder, kernel.release);
  return { ...kernel, package: from, ...((await pathExists(modules)) && { modules }) };
}

async function unpackImage(image: Buffer, signal: AbortSignal): Promise<UnpackedKernel> {
  if (image.toString('latin1', 0, 4) === '\x7fELF') return describe(image, 'none', findRelease(image));
  if (!isBzImage(image)) throw new RangeError('it is neither a bzImage nor an ELF vmlinux, nor a Debian package');
  const packed = readBzImage(image);
  const vmlinux = await unpackKernel(packed, signal);
  return describe(vmlinux, packed.compression, packed.release ?? findRelease(vmlinux));
}

function describe(vmlinux: Buffer, payload: UnpackedKernel['payload'], release: string | undefined): UnpackedKernel {
  // What is no kernel at all is told as such where it is judged.
  return { vmlinux, payload, release: release ?? '' };
}
