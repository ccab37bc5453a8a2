import { digestOf } from './digest.js';
import { imageTooDeep, parentMissing } from './errors.js';

/**
 * An image may be a layer on another: what a VM of that image has changed, as its own disk holds it. Nothing is merged:
 * a guest finds every layer as a disk of its own, and its kernel joins them, as it joins the base and the VM's own disk.
 */

/**
 * The most layers above a base. Each is a drive, and so are the base, the own disk and the work disk; Firecracker has
 * interrupts for 19 devices (5 to 23 of its I/O APIC), of which the others take up to five.
 */
export const maxLayers = 10;

/** An image as far as layers go; a kernel never lies on another. */
export interface Layered {
  readonly digest: string;
  readonly parent?: string;
}

/** The digest of an image that is a layer: of its parent and of its file. */
export function layerDigest(parent: string, file: string): string {
  return digestOf(`parent ${parent}\nlayer ${file}\n`);
}

/** An image with all that it lies on, the base first. Fails with IMAGE_INCOMPLETE when one of them is not there. */
export function chainOf<T extends Layered>(image: T, all: readonly T[]): T[] {
  const byDigest = new Map(all.map((each) => [each.digest, each]));
  const chain = [image];
  for (let lowest = image; lowest.parent !== undefined; ) {
    const parent = byDigest.get(lowest.parent);
    if (parent === undefined) throw parentMissing(image.digest, lowest.parent);
    chain.unshift(parent);
    lowest = parent;
  }
  return chain;
}

/** The digests of images that others lie on. */
export function parentsAmong(all: readonly Layered[]): Set<string> {
  return new Set(all.flatMap(({ parent }) => (parent === undefined ? [] : [parent])));
}

/** The digests of what is wanted and of all that it lies on, also of what is not there. */
export function neededBy<T extends Layered>(all: readonly T[], isWanted: (one: T) => boolean): Set<string> {
  const byDigest = new Map(all.map((each) => [each.digest, each]));
  const needed = new Set<string>();
  for (const wanted of all.filter(isWanted)) {
    for (let digest: string | undefined = wanted.digest; digest !== undefined && !needed.has(digest); ) {
      needed.add(digest);
      digest = byDigest.get(digest)?.parent;
    }
  }
  return needed;
}

/** How many of these an image lies on. */
export function depthAmong(image: Layered, all: readonly Layered[]): number {
  return neededBy(all, ({ digest }) => digest === image.digest).size;
}

/** Fails with IMAGE_TOO_DEEP when there cannot be another layer on this chain. */
export function checkDepth(name: string, chain: readonly Layered[]): void {
  if (chain.length > maxLayers) throw imageTooDeep(name, maxLayers);
}
