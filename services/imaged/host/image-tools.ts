import { join } from 'node:path';
import { RecipeFolder } from './recipe-folder.js';
import { Rootfs } from './rootfs.js';
import { StepCacheFolder } from './step-cache.js';

export interface ImageToolsOptions {
  /** The folders `images` and `guest` that banger ships are in it. */
  readonly shippedFolder: string;
  readonly storeFolder: string;
  readonly cacheMib: number;
  readonly isRoot: boolean;
}

/** What builds images: recipes, the trees that they become, and what is kept of their steps. */
export async function openImageTools({ shippedFolder, storeFolder, cacheMib, isRoot }: ImageToolsOptions) {
  const guest = join(shippedFolder, 'guest');
  return {
    recipes: new RecipeFolder(join(shippedFolder, 'images'), guest, isRoot),
    rootfs: new Rootfs(isRoot, join(guest, 'run-in-tree')),
    cache: await StepCacheFolder.open(join(storeFolder, 'cache'), cacheMib * 1024 * 1024),
  };
}
