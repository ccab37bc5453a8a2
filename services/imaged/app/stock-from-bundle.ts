import type { ImageManifest, KernelManifest } from '../domain/image.js';
import type { Library } from './library.js';
import type { Objects, RuntimeBundle, Work } from './ports.js';

/** Nobody follows it: who asks for an object waits for it. */
const unfollowed: Work = { tell: () => undefined, signal: new AbortController().signal };

/** Brings what the store lacks, and the runtime bundle has, into the store, as it is asked for by its name or digest. */
export class StockFromBundle {
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly library: Library,
    private readonly objects: Objects,
    private readonly bundle: RuntimeBundle,
  ) {}

  /** Fails with BUNDLE_INVALID or BUNDLE_DAMAGED. That there is no bundle, or nothing of that name in it, is no mistake. */
  image(reference: string): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#has('image', reference)) return;
      const found = await this.bundle.image();
      if (!found || !isNamed(found.manifest, reference)) return;
      await this.objects.withWorkFolder(async (folder) => {
        await this.library.keep(folder, await found.take(folder, unfollowed));
      });
    });
  }

  /** As for images; an empty reference is the default, which the bundle has only while the store has no kernel. */
  kernel(reference: string): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#has('kernel', reference)) return;
      const found = await this.bundle.kernel();
      if (!found || !(reference === '' || isNamed(found.manifest, reference))) return;
      await this.objects.withWorkFolder(async (folder) => {
        await this.library.keep(folder, await found.take(folder, unfollowed));
      });
    });
  }

  /** One after the other: two VMs that start at once need one copy. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(task);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #has(kind: 'image' | 'kernel', reference: string): Promise<boolean> {
    const stored = await this.library.list(kind);
    if (reference === '') return stored.some(({ name }) => name !== '');
    const digest = this.library.digestFor(kind, reference);
    return stored.some((one) => one.digest === digest);
  }
}

function isNamed(manifest: ImageManifest | KernelManifest, reference: string): boolean {
  return manifest.wantedName === reference || manifest.digest === reference;
}
