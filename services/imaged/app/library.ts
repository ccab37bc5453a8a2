import { imageNotFound, kernelNotFound } from '../domain/errors.js';
import {
  defaultKernel,
  type Holder,
  type Image,
  type ImageManifest,
  type Kernel,
  type KernelManifest,
  type ManifestOf,
  nameFor,
  type ObjectKind,
  type Stored,
} from '../domain/image.js';
import { chainOf, parentsAmong } from '../domain/layers.js';
import { parseReference } from '../domain/reference.js';
import type { Catalog, Objects, Recipes } from './ports.js';

/** The images and kernels that are there: the store's objects under the catalog's names. */
export class Library {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly objects: Objects,
    private readonly catalog: Catalog,
    private readonly recipes: Recipes,
  ) {}

  /** By name; those that have lost their name, and are only kept for who holds them, come last. */
  async list<K extends ObjectKind>(kind: K): Promise<Stored<ManifestOf<K>>[]> {
    const names = new Map([...this.catalog.tags(kind)].map(([name, digest]) => [digest, name]));
    const manifests = await this.objects.list(kind);
    const stored = manifests.map(async (manifest) => ({
      ...manifest,
      name: names.get(manifest.digest) ?? '',
      diskUsageBytes: await this.objects.diskUsage(manifest.digest),
      holders: this.catalog.holders(manifest.digest),
    }));
    return (await Promise.all(stored)).sort(byName);
  }

  /** Fails with IMAGE_NOT_FOUND. */
  async image(reference: string): Promise<Image> {
    const images = await this.list('image');
    const found = pick(images, reference);
    if (found) return found;
    throw imageNotFound(reference, { names: namesOf(images), recipes: await this.recipes.names() });
  }

  /** An image with all that it lies on, the base first. Fails with IMAGE_INCOMPLETE when one of them is gone. */
  async chain(image: Image): Promise<Image[]> {
    return chainOf(image, await this.list('image'));
  }

  /** The default kernel when the reference is empty. Fails with KERNEL_NOT_FOUND. */
  async kernel(reference: string): Promise<Kernel> {
    const kernels = await this.list('kernel');
    const found = reference === '' ? defaultKernel(kernels) : pick(kernels, reference);
    if (found) return found;
    throw kernelNotFound(reference, { names: namesOf(kernels), recipes: [] });
  }

  /**
   * Keeps what a build has made in `folder`, under its name, and returns it as it is stored. What has lost that name
   * is removed, unless somebody holds it. Call it outside `exclusive`.
   */
  keep(folder: string, manifest: ImageManifest): Promise<Image>;
  keep(folder: string, manifest: KernelManifest): Promise<Kernel>;
  keep(folder: string, manifest: ImageManifest | KernelManifest): Promise<Image | Kernel> {
    return this.exclusive(async () => {
      const { digest } = await this.objects.commit(folder, manifest);
      this.catalog.tag(manifest.kind, nameFor(manifest), digest);
      await this.collectGarbage();
      return this[manifest.kind](digest);
    });
  }

  /** Runs changes of the store and the catalog one after the other, so that none sees another half done. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /**
   * Gives objects that have neither a name nor a holder the name that their build gave them, the newest first: after a
   * catalog was lost, or when a store was copied here. What is held has lost its name in order.
   */
  async adopt(): Promise<void> {
    for (const kind of ['image', 'kernel'] as const) {
      const unnamed = unclaimed(await this.list(kind));
      for (const manifest of unnamed.sort((a, b) => (a.createTime < b.createTime ? 1 : -1))) {
        const name = nameFor(manifest);
        if (!this.catalog.tags(kind).has(name)) this.catalog.tag(kind, name, manifest.digest);
      }
    }
  }

  /** Removes objects that have neither a name nor a holder, and on which none lies. Call it inside `exclusive`. */
  async collectGarbage(): Promise<void> {
    for (const kind of ['image', 'kernel'] as const) {
      // What went may have been all that lay on another.
      for (
        let doomed = unclaimed(await this.list(kind));
        doomed.length > 0;
        doomed = unclaimed(await this.list(kind))
      ) {
        for (const { digest } of doomed) await this.objects.remove(digest);
      }
    }
  }
}

interface Claimable {
  readonly digest: string;
  readonly parent?: string;
  readonly name: string;
  readonly holders: readonly Holder[];
}

function unclaimed<T extends Claimable>(stored: readonly T[]): T[] {
  const parents = parentsAmong(stored);
  return stored.filter(({ digest, name, holders }) => name === '' && holders.length === 0 && !parents.has(digest));
}

function pick<T extends { readonly name: string; readonly digest: string }>(
  stored: readonly T[],
  text: string,
): T | undefined {
  const reference = parseReference(text);
  return stored.find((one) => ('digest' in reference ? one.digest === reference.digest : one.name === reference.name));
}

function namesOf(stored: readonly { readonly name: string }[]): string[] {
  return stored.map(({ name }) => name).filter((name) => name !== '');
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === '' || b.name === '') return Number(a.name === '') - Number(b.name === '');
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
