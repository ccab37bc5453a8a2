import { kernelDigest } from './digest.js';
import { imageFile, type ObjectManifest } from './image.js';
import { layerDigest } from './layers.js';

/** How large each of an object's files is. */
export function fileSizes(manifest: ObjectManifest): Readonly<Record<string, number>> {
  if (manifest.kind === 'image') return { [imageFile(manifest)]: manifest.sizeBytes };
  return { vmlinux: manifest.vmlinuxBytes, initrd: manifest.initrdBytes };
}

/** The digest that an object has when its files have these. */
export function digestOfFiles(manifest: ObjectManifest, files: ReadonlyMap<string, string>): string {
  const of = (name: string) => files.get(name) ?? '';
  if (manifest.kind === 'kernel') return kernelDigest(of('vmlinux'), of('initrd'));
  const file = of(imageFile(manifest));
  return manifest.parent === undefined ? file : layerDigest(manifest.parent, file);
}
