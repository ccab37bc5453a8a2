import { imageNotFound, kernelNotFound, objectDamaged } from '../domain/errors.js';
import {
  defaultKernel,
  type Image,
  type ImageManifest,
  type Kernel,
  type KernelManifest,
  type ManifestOf,
  nameFor,
  nameWithDigest,
  type ObjectKind,
  type ObjectManifest,
  type Stored,
} from '../domain/image.js';
import { chainOf, depthAmong, type Layered, neededBy } from '../domain/layers.js';
import { parseReference } from '../domain/reference.js';
import type { Catalog, Objects, OpenFiles, OpenLayer, Recipes, UnpackedLayer } from './ports.js';

const kinds = ['image', 'kernel'] as const satisfies readonly ObjectKind[];

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
    const manifests = await this.objects.list(kind);
    const usage = manifests.map(async ({ digest }) => [digest, await this.objects.diskUsage(digest)] as const);
    const bytes = new Map(await Promise.all(usage));
    const stored = manifests.map((manifest) => {
      const { digest } = manifest;
      const names = this.namesOf(kind, digest);
      const chain = [...neededBy<Layered>(manifests, (one) => one.digest === digest)];
      return {
        ...manifest,
        name: names[0] ?? '',
        names,
        diskUsageBytes: bytes.get(digest) ?? 0,
        sharedBytes: chain.slice(1).reduce((sum, below) => sum + (bytes.get(below) ?? 0), 0),
        holders: this.catalog.holders(digest),
      };
    });
    return stored.sort(byName);
  }

  /** The names of an object, sorted. */
  namesOf(kind: ObjectKind, digest: string): string[] {
    const tags = [...this.catalog.tags(kind)].filter(([, tagged]) => tagged === digest);
    return tags.map(([name]) => name).sort();
  }

  /** What a reference leads to, whether that is there or not; undefined for an unknown name. */
  digestFor(kind: ObjectKind, text: string): string | undefined {
    const reference = parseReference(text);
    return 'digest' in reference ? reference.digest : this.catalog.tags(kind).get(reference.name);
  }

  /** Fails with IMAGE_NOT_FOUND or IMAGE_DAMAGED. */
  async image(reference: string): Promise<Image> {
    const images = await this.list('image');
    const found = this.#pick('image', images, reference);
    if (found) return found;
    await this.#refuseDamaged('image', reference);
    throw imageNotFound(reference, { names: namesOf(images), recipes: await this.recipes.names() });
  }

  /** An image with all that it lies on, the base first. Fails with IMAGE_INCOMPLETE when one of them is gone. */
  async chain(image: Image): Promise<Image[]> {
    return chainOf(image, await this.list('image'));
  }

  /** The default kernel when the reference is empty. Fails with KERNEL_NOT_FOUND or KERNEL_DAMAGED. */
  async kernel(reference: string): Promise<Kernel> {
    const kernels = await this.list('kernel');
    const found = reference === '' ? await this.defaultKernel() : this.#pick('kernel', kernels, reference);
    if (found) return found;
    await this.#refuseDamaged('kernel', reference);
    throw kernelNotFound(reference, { names: namesOf(kernels), recipes: [] });
  }

  /** The kernel that VMs get when they name none; undefined when there is no kernel. */
  async defaultKernel(): Promise<Kernel | undefined> {
    const chosen = this.catalog.tags('kernel').get(this.catalog.defaultKernel() ?? '');
    return defaultKernel(await this.list('kernel'), chosen);
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

  /**
   * Runs changes of names, holders and what is there one after the other, so that none sees another half done. Nothing
   * long belongs here: content is read through `openFiles`, and written in a work folder before.
   */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** The path of a file of an object. */
  pathOf({ digest }: ObjectManifest, file: string): string {
    return this.objects.filePath(digest, file);
  }

  /** Opens an object's files, to be read to their end whatever becomes of it; undefined when it is gone. */
  openFiles(manifest: ObjectManifest): Promise<OpenFiles | undefined> {
    return this.exclusive(async () => {
      const there = (await this.objects.list(manifest.kind)).some(({ digest }) => digest === manifest.digest);
      return there ? this.objects.openFiles(manifest) : undefined;
    });
  }

  /** Opens an image with all that it lies on, the base first. Fails with IMAGE_NOT_FOUND, IMAGE_DAMAGED, IMAGE_INCOMPLETE. */
  openChain(reference: string): Promise<readonly OpenLayer[]> {
    return this.exclusive(async () => {
      const { digest } = await this.image(reference);
      const manifests = await this.objects.list('image');
      const layers: OpenLayer[] = [];
      for (const manifest of manifests.filter((one) => one.digest === digest).flatMap((one) => chainOf(one, manifests)))
        layers.push({ manifest, opened: await this.objects.openFiles(manifest) });
      return layers;
    });
  }

  /**
   * Keeps an image with what it lies on, the base first, each in a folder of its own, and gives it this name. What is
   * there already is kept as it is: an archive does not get to say how the images of others boot.
   */
  keepChain(layers: readonly UnpackedLayer[], name: string): Promise<Image> {
    return this.exclusive(async () => {
      const there = new Set((await this.objects.list('image')).map(({ digest }) => digest));
      for (const { folder, manifest } of layers.filter(({ manifest: { digest } }) => !there.has(digest))) {
        await this.objects.commit(folder, manifest);
      }
      const digest = layers.at(-1)?.manifest.digest ?? '';
      this.catalog.tag('image', name, digest);
      await this.collectGarbage();
      return this.image(digest);
    });
  }

  /**
   * Gives objects that have neither a name nor a holder the name that they were made under, the newest first. What finds
   * its name taken had lost it in order, unless the whole catalogue was lost: then it gets one with its digest, for a VM
   * may need it that has yet to say so.
   */
  async adopt(): Promise<void> {
    const isLost = this.catalog.isEmpty();
    for (const manifest of (await this.unclaimed()).sort((a, b) => (a.createTime < b.createTime ? 1 : -1))) {
      const { kind, digest } = manifest;
      const name = nameFor(manifest);
      const isTaken = this.catalog.tags(kind).has(name);
      if (!isTaken) this.catalog.tag(kind, name, digest);
      else if (isLost) this.catalog.tag(kind, nameWithDigest(name, digest), digest);
    }
  }

  /** What has neither a name nor a holder, nor carries what has; what lies on others comes before them. */
  async unclaimed(): Promise<(Image | Kernel)[]> {
    const all = (await Promise.all(kinds.map((kind) => this.list(kind)))).flat();
    const needed = await this.needed(
      ({ digest }) =>
        this.catalog.holders(digest).length > 0 || kinds.some((kind) => this.namesOf(kind, digest).length > 0),
    );
    const unclaimed = all.filter(({ digest }) => !needed.has(digest));
    return unclaimed.sort((a, b) => depthAmong(b, all) - depthAmong(a, all));
  }

  /** The digests of what is wanted and of what that lies on, also through images that are damaged. */
  async needed(isWanted: (one: Layered) => boolean): Promise<Set<string>> {
    const all: Layered[] = [...(await this.objects.list('image')), ...(await this.objects.list('kernel'))];
    return neededBy([...all, ...(await this.objects.strays())], isWanted);
  }

  /** Removes what is unclaimed. Call it inside `exclusive`. */
  async collectGarbage(): Promise<void> {
    for (const { digest } of await this.unclaimed()) await this.objects.remove(digest);
  }

  #pick<T extends { readonly digest: string }>(kind: ObjectKind, stored: readonly T[], text: string): T | undefined {
    const digest = this.digestFor(kind, text);
    return stored.find((one) => one.digest === digest);
  }

  async #refuseDamaged(kind: ObjectKind, reference: string): Promise<void> {
    const digest = this.digestFor(kind, reference);
    const damaged = (await this.objects.strays()).find((stray) => stray.digest === digest);
    if (damaged) throw objectDamaged(kind, reference, damaged.problems);
  }
}

function namesOf(stored: readonly { readonly names: readonly string[] }[]): string[] {
  return stored.flatMap(({ names }) => names);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  if (a.name === '' || b.name === '') return Number(a.name === '') - Number(b.name === '');
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
