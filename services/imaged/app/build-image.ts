import { type BuildPlan, buildPlan, recipeDigest } from '../domain/build-plan.js';
import { recipeNotFound } from '../domain/errors.js';
import type { Image, ImageManifest } from '../domain/image.js';
import type { LoadedRecipe } from '../domain/recipe.js';
import { buildTree, type TreeBuild } from './build-tree.js';
import type { BuildEvent, Builds } from './builds.js';
import { findStored } from './find-stored.js';
import type { Library } from './library.js';
import type {
  Archive,
  InstalledTree,
  Objects,
  Packages,
  Preflight,
  Recipes,
  RootfsBuilder,
  StepCache,
  Work,
} from './ports.js';
import { type Report, Steps } from './steps.js';

export interface BuildImageRequest {
  /** A recipe that banger ships, or the path of one. */
  readonly recipe: string;
  readonly rebuild: boolean;
}

export interface BuildImageWorld {
  readonly preflight: Preflight;
  readonly recipes: Recipes;
  readonly packages: Packages;
  readonly rootfs: RootfsBuilder;
  readonly cache: StepCache;
  readonly objects: Objects;
  readonly library: Library;
  readonly builds: Builds<Image>;
}

const fileName = 'rootfs.ext4';

interface Inputs {
  readonly archive: Archive;
  readonly plan: BuildPlan;
  readonly digest: string;
}

/** Builds an image from a recipe and tags it with the recipe's name; returns at once when nothing has changed. */
export class BuildImage {
  constructor(private readonly world: BuildImageWorld) {}

  async *run(request: BuildImageRequest, signal: AbortSignal): AsyncGenerator<BuildEvent<Image>> {
    const { rebuild } = request;
    const recipe = await this.#load(request.recipe);
    const start = (report: Report, ended: AbortSignal) => this.#build(recipe, rebuild, report, ended);
    // Who wants the same recipe shares a build; a file that has changed meanwhile makes it another.
    const variant = `${recipeDigest(recipe)} ${rebuild}`;
    yield* this.world.builds.follow(`image ${recipe.name}`, variant, start, signal);
  }

  async #build(recipe: LoadedRecipe, rebuild: boolean, report: Report, signal: AbortSignal): Promise<Image> {
    const stepNames = [
      'look at the archive',
      'install packages',
      ...recipe.steps.map(({ title }) => title),
      'make the file system',
      'store the image',
    ];
    const steps = new Steps(`image ${recipe.name}`, stepNames, report, signal);
    const { inputs, stored } = await findStored(this.world, {
      kind: 'image',
      isCandidate: ({ names }) => !rebuild && names.includes(recipe.name),
      findInputs: () => steps.run('look at the archive', (work) => this.#inputs(recipe, work)),
    });
    if (stored) return stored;
    const { objects } = this.world;
    return objects.withWorkFolder(async (folder) => {
      const build = { recipe, ...inputs, folder, steps, signal };
      return this.#makeImage(build, inputs, await buildTree(this.world, build, rebuild));
    });
  }

  async #load(reference: string): Promise<LoadedRecipe> {
    const { recipes } = this.world;
    const recipe = await recipes.load(reference);
    if (!recipe) throw recipeNotFound(reference, await recipes.names());
    return recipe;
  }

  async #inputs(recipe: LoadedRecipe, work: Work): Promise<Inputs> {
    const archive = await this.world.packages.archive(recipe.suite, work);
    const plan = buildPlan(recipe, archive);
    return { archive, plan, digest: plan.digest };
  }

  async #makeImage({ recipe, folder, steps }: TreeBuild, inputs: Inputs, treePath: string): Promise<Image> {
    const { rootfs, objects, library } = this.world;
    const tree = await rootfs.inspect(treePath);
    const path = `${folder}/${fileName}`;
    await steps.run('make the file system', (work) => rootfs.makeFileSystem(tree, path, work, recipe.sizeMib));
    return steps.run('store the image', async (work) => {
      const file = await objects.measure(path, work);
      return library.keep(folder, manifestOf(recipe, inputs, tree, file));
    });
  }
}

function manifestOf(
  recipe: LoadedRecipe,
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
    defaultUser: recipe.defaultUser,
  };
}
