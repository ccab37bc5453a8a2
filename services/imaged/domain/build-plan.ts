import type { AptSource } from './apt-sources.js';
import { digestOf, digestOfInputs } from './digest.js';
import { type ImageStep, type LoadedRecipe, stepInputs } from './recipe.js';

/** Raised when the way an image is made changes, so that equal inputs are built anew. */
const format = 2;

/** What a build of an image will do, in order, and what each point of it is made of. */
export interface BuildPlan {
  readonly installation: PlannedStep;
  readonly steps: readonly (PlannedStep & { readonly step: ImageStep })[];
  /** The digest of everything that the image is made of. */
  readonly digest: string;
}

interface PlannedStep {
  readonly title: string;
  /** The digest of all that the tree is made of after this step. */
  readonly key: string;
}

interface Origin {
  readonly suite: string;
  readonly sources: readonly AptSource[];
  readonly stateDigest: string;
}

/** Each key is made of the one before it, so that a change is a change of all that follows, and of nothing before. */
export function buildPlan(recipe: LoadedRecipe, { suite, sources, stateDigest }: Origin): BuildPlan {
  const { name, packages, init, defaultUser, sizeMib } = recipe;
  const cleanup = digestOf(recipe.cleanup);
  const installed = digestOfInputs({ format, suite, sources, stateDigest, packages, cleanup });
  let key = installed;
  const steps = recipe.steps.map((step) => {
    key = digestOfInputs({ after: key, step: stepInputs(step) });
    return { title: step.title, key, step };
  });
  return {
    installation: { title: 'install packages', key: installed },
    steps,
    digest: digestOfInputs({ tree: key, name, init, defaultUser, sizeMib }),
  };
}

/** The digest of a recipe alone, wherever its packages come from. */
export function recipeDigest(recipe: LoadedRecipe): string {
  return buildPlan(recipe, { suite: recipe.suite, sources: [], stateDigest: '' }).digest;
}
