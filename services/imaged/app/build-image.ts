import { digestOfInputs } from '../domain/digest.js';
import { recipeNotFound } from '../domain/errors.js';
import type { Image, ImageManifest } from '../domain/image.js';
import type { LoadedRecipe } from '../domain/recipe.js';
import type { BuildEvent, Builds } from './builds.js';
import { findStored } from './find-stored.js';
import type { Library } from './library.js';
import type { Archive, InstalledTree, Objects, Packages, Preflight, Recipes, RootfsBuilder, Work } from './ports.js';
import { type Report, Steps } from './steps.js';

export interface BuildImageRequest {
  readonly recipe: string;
  readonly rebuild: boolean;
}

export interface BuildImageWorld {
  readonly preflight: Preflight;
  readonly recipes: Recipes;
  readonly packages: Packages;
  readonly rootfs: RootfsBuilder;
  readonly objects: Objects;
  readonly library: Library;
  readonly builds: Builds<Image>;
}

const stepNames = ['look at the archive', 'install packages', 'make the file system', 'store the image'] as const;
/** Raised when the way an image is made changes, so that equal inputs are built anew. */
const format = 1;
const fileName = 'rootfs.ext4';

interface Inputs {
  readonly archive: Archive;
  readonly digest: string;
}

/** Builds an image from a recipe and tags it with the recipe's name; returns at once when nothing has changed. */
export class BuildImage {
  constructor(private readonly world: BuildImageWorld) {}

  run(request: BuildImageRequest, signal: AbortSignal): AsyncIterable<BuildEvent<Image>> {
    const { recipe, rebuild } = request;
    const start = (report: Report, ended: AbortSignal) => this.#build(request, report, ended);
    return this.world.builds.follow(`image ${recipe}`, rebuild ? 'rebuild' : '', start, signal);
  }

  async #build(request: BuildImageRequest, report: Report, signal: AbortSignal): Promise<Image> {
    const { recipes, objects, rootfs, library } = this.world;
    const recipe = await recipes.load(request.recipe);
    if (!recipe) throw recipeNotFound(request.recipe, await recipes.names());
    const steps = new Steps(`image ${request.recipe}`, stepNames, report, signal);
    const { inputs, stored } = await findStored(this.world, {
      kind: 'image',
      isCandidate: ({ names }) => !request.rebuild && names.includes(recipe.recipe.name),
      findInputs: () => steps.run('look at the archive', (work) => this.#inputs(recipe, work)),
    });
    if (stored) return stored;
    return objects.withWorkFolder(async (folder) => {
      const tree = await steps.run('install packages', (work) => rootfs.install(recipe, inputs.archive, folder, work));
      const path = `${folder}/${fileName}`;
      await steps.run('make the file system', (work) => rootfs.makeFileSystem(tree, path, work));
      return steps.run('store the image', async (work) => {
        const file = await objects.measure(path, work);
        return library.keep(folder, manifestOf(recipe, inputs, tree, file));
      });
    });
  }

  async #inputs({ recipe, digest }: LoadedRecipe, work: Work): Promise<Inputs> {
    const archive = await this.world.packages.archive(recipe.suite, work);
    const { suite, sources, stateDigest } = archive;
    return { archive, digest: digestOfInputs({ format, recipe: digest, suite, sources, stateDigest }) };
  }
}

function manifestOf(
  { recipe }: LoadedRecipe,
  { archive, digest: inputDigest }: Inputs,
  { packages }: InstalledTree,
  file: { readonly digest: string; readonly bytes: number },
): ImageManifest {
  return {
    kind: 'image',
    digest: file.digest,
    createTime: new Date().toISOString(),
    provenance: { source: recipe.name, suite: archive.suite, packages, inputDigest },
    sizeBytes: file.bytes,
    init: recipe.init,
    defaultUser: recipe.default_user,
  };
}
