import { type ArchiveEntry, file, folder, link } from './archive.js';
import { type BootParts, bootableEntries } from './bootable.js';
import type { ImageInit } from './image.js';

/** How an image is made, as its TOML file says it. */
export interface Recipe {
  /** The image's tag. */
  readonly name: string;
  readonly description: string;
  /** A suite of the host's distribution, or "host" for the one that the host runs. */
  readonly suite: string;
  readonly default_user: string;
  readonly init: ImageInit;
  readonly packages: readonly string[];
  /** systemd units that never start. */
  readonly masked_units: readonly string[];
  /** Programs in systemd's folder of generators that never run. */
  readonly masked_generators: readonly string[];
  readonly folders: readonly string[];
  readonly files: readonly RecipeFile[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

export interface RecipeFile {
  readonly path: string;
  /** The name of a file that banger ships for guests. */
  readonly source: string;
  readonly mode: number;
}

/** A recipe with all that it refers to. */
export interface LoadedRecipe {
  readonly recipe: Recipe;
  /** What is put on top of the packages. */
  readonly additions: readonly ArchiveEntry[];
  /** The text of the script that cleans the finished tree, whose path is its argument. */
  readonly customize: string;
  /** The digest of all of the above. */
  readonly digest: string;
}

/** What the packages of a recipe have to boot with. */
function bootParts({ packages }: Recipe): BootParts {
  return { systemd: packages.includes('systemd-sysv'), openssh: packages.includes('openssh-server'), trim: true };
}

/**
 * The files that a recipe puts on top of its packages, and those that make them bootable. `contentOf` gives the content
 * of a file that banger ships for guests.
 */
export function recipeAdditions(recipe: Recipe, contentOf: (source: string) => Uint8Array): ArchiveEntry[] {
  const masked = (directory: string) => (name: string) => link(`etc/systemd/${directory}/${name}`, '/dev/null');
  return [
    ...bootableEntries(bootParts(recipe), contentOf),
    ...recipe.masked_units.map(masked('system')),
    ...recipe.masked_generators.map(masked('system-generators')),
    ...recipe.folders.map((path) => folder(relative(path))),
    ...recipe.files.map(({ path, source, mode }) => file(relative(path), contentOf(source), mode)),
    ...recipe.links.map(({ path, target }) => link(relative(path), target)),
  ];
}

function relative(path: string): string {
  return path.replace(/^\/+/, '');
}
