import type { ObjectManifest, Stored } from '../domain/image.js';
import type { Library } from './library.js';
import type { CachedStep, Catalog, Objects, StepCache, Stray } from './ports.js';

export interface PruneRequest {
  /** Only tell. */
  readonly dryRun: boolean;
  /** Images with a name too, when no VM holds them. */
  readonly all: boolean;
}

export type PruneReason = 'damaged' | 'unnamed' | 'cache' | 'unused';

/** Something that was removed, or would be. */
export interface Pruned {
  readonly reason: PruneReason;
  /** For people: names, or where it lay. */
  readonly what: string;
  /** Of a step of a build, that of all that went into it. */
  readonly digest: string;
  readonly bytes: number;
}

/** Removes what nobody needs. What a VM holds is never touched, however damaged it is. */
export class PruneObjects {
  constructor(
    private readonly library: Library,
    private readonly catalog: Catalog,
    private readonly objects: Objects,
    private readonly cache: StepCache,
  ) {}

  run({ dryRun, all }: PruneRequest): Promise<readonly Pruned[]> {
    return this.library.exclusive(async () => {
      const held = await this.library.needed(({ digest }) => this.catalog.holders(digest).length > 0);
      const strays = (await this.objects.strays()).filter(({ digest }) => !held.has(digest));
      const unnamed = await this.library.unclaimed();
      const gone = new Set(unnamed.map(({ digest }) => digest));
      const named = all ? await this.library.list('image') : [];
      const unused = named.filter(({ digest }) => !held.has(digest) && !gone.has(digest));
      const steps = await this.cache.list();
      if (!dryRun) await this.#remove(strays, unused, steps);
      return [
        ...strays.map(({ path, digest, bytes }) => ({ reason: 'damaged', what: path, digest, bytes }) as const),
        ...unnamed.map((object) => pruned('unnamed', object)),
        ...steps.map(({ key, bytes }) => ({ reason: 'cache', what: 'a step of a build', digest: key, bytes }) as const),
        ...unused.map((object) => pruned('unused', object)),
      ];
    });
  }

  /** Names go first, so that none leads to nothing; what has lost the last one goes with the garbage. */
  async #remove(
    strays: readonly Stray[],
    unused: readonly { readonly digest: string }[],
    steps: readonly CachedStep[],
  ): Promise<void> {
    for (const { key } of steps) await this.cache.remove(key);
    for (const { digest } of [...strays, ...unused]) {
      this.catalog.untag('image', digest);
      this.catalog.untag('kernel', digest);
    }
    for (const stray of strays) await this.objects.removeStray(stray);
    await this.library.collectGarbage();
  }
}

function pruned(reason: PruneReason, object: Stored<ObjectManifest>): Pruned {
  const { names, digest, diskUsageBytes } = object;
  return { reason, what: names.join(', '), digest, bytes: diskUsageBytes };
}
