import { counted } from '../../../lib/metrics/moments.js';
import type { BuildPlan } from '../domain/build-plan.js';
import type { LoadedRecipe } from '../domain/recipe.js';
import type { Archive, RootfsBuilder, StepCache, Work } from './ports.js';
import type { Steps } from './steps.js';

export interface BuildTreeWorld {
  readonly rootfs: RootfsBuilder;
  readonly cache: StepCache;
}

export interface TreeBuild {
  readonly recipe: LoadedRecipe;
  readonly archive: Archive;
  readonly plan: BuildPlan;
  /** Where the tree is made. */
  readonly folder: string;
  readonly steps: Steps<string>;
  readonly signal: AbortSignal;
}

interface Task {
  readonly title: string;
  readonly key: string;
  /** Whether what it leaves is worth keeping: files are put there again in no time. */
  readonly isLong: boolean;
  run(tree: string, work: Work): Promise<string>;
}

/** Makes the tree of an image, from the last point that the cache knows; `afresh` from the start. Returns its path. */
export async function buildTree(world: BuildTreeWorld, build: TreeBuild, afresh: boolean): Promise<string> {
  const { steps } = build;
  const tasks = tasksOf(world.rootfs, build);
  let { tree, done } = afresh ? nothing : await restore(world, build, tasks);
  for (let i = 0; i < done; i++) counted('banger_build_steps_total', { result: 'cached' });
  for (const task of tasks.slice(done)) {
    tree = await steps.run(task.title, async (work) => {
      const path = await task.run(tree, work);
      if (task.isLong) {
        work.tell({ detail: 'keeping the result for later builds' });
        await world.cache.put(task.key, (file) => world.rootfs.packTree(path, file, work));
      }
      return path;
    });
    counted('banger_build_steps_total', { result: 'done' });
  }
  return tree;
}

function tasksOf(rootfs: RootfsBuilder, { recipe, archive, plan, folder }: TreeBuild): Task[] {
  return [
    { ...plan.installation, isLong: true, run: (_, work) => rootfs.install(recipe, archive, folder, work) },
    ...plan.steps.map(({ title, key, step }) => ({
      title,
      key,
      isLong: step.kind === 'script',
      run: async (tree: string, work: Work) => {
        await rootfs.apply(tree, step, recipe.cleanup, work);
        return tree;
      },
    })),
  ];
}

const nothing = { tree: '', done: 0 };

/** What is damaged in the cache is let go of, and what came before it is the next best. */
async function restore({ rootfs, cache }: BuildTreeWorld, build: TreeBuild, tasks: readonly Task[]) {
  const { folder, steps, signal } = build;
  for (const [i, { title, key }] of [...tasks.entries()].reverse()) {
    const path = await cache.find(key);
    if (path === undefined) continue;
    try {
      const tree = await steps.run(title, (work) => {
        work.tell({ detail: 'from the cache' });
        return rootfs.unpackTree(path, folder, work);
      });
      return { tree, done: i + 1 };
    } catch (error) {
      if (signal.aborted) throw error;
      await cache.remove(key);
    }
  }
  return nothing;
}
