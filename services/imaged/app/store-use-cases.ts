import { Builds } from './builds.js';
import { ExportImage } from './export-image.js';
import type { Library } from './library.js';
import type { Catalog, ImageArchives, Objects, StepCache } from './ports.js';
import { PruneObjects } from './prune-objects.js';
import { StoreUsage } from './store-usage.js';
import { TagImage } from './tag-image.js';
import { VerifyImages } from './verify-images.js';

export interface StoreWorld {
  readonly library: Library;
  readonly catalog: Catalog;
  readonly objects: Objects;
  readonly archives: ImageArchives;
  readonly cache: StepCache;
}

export type StoreUseCases = ReturnType<typeof storeUseCases>;

/** What looks after the store as a whole. */
export function storeUseCases({ library, catalog, objects, archives, cache }: StoreWorld) {
  return {
    tagImage: new TagImage(library, catalog),
    verifyImages: new VerifyImages({ library, objects, builds: new Builds() }),
    pruneObjects: new PruneObjects(library, catalog, objects, cache),
    exportImage: new ExportImage(library, archives),
    storeUsage: new StoreUsage(library, objects, cache),
  };
}
