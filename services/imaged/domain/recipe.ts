import { type ArchiveEntry, file, folder, link } from './archive.js';
import { type BootParts, bootableEntries } from './bootable.js';
import { digestOf } from './digest.js';
import type { ImageInit } from './image.js';

/** How an image is made, as its TOML file says it: docs/images.md. */
export interface Recipe {
  /** The image's tag. */
  readonly name: string;
  readonly description: string;
  /** The recipe that this one adds to: one that banger ships, or a file beside this one. */
  readonly base?: string;
  /** A suite of the host's distribution, or "host" for the one that the host runs. */
  readonly suite?: string;
  readonly default_user?: string;
  readonly init?: ImageInit;
  /** The least size of the file system, in MiB. */
  readonly size?: number;
  /** Whether systemd leaves alone what a VM has no use for. */
  readonly trim?: boolean;
  readonly packages: readonly string[];
  /** systemd units that never start. */
  readonly masked_units: readonly string[];
  readonly folders: readonly string[];
  readonly files: readonly RecipeFile[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly scripts: readonly RecipeScript[];
}

/** A file of the image. One of `source`, `content` and `guest` says what is in it. */
export interface RecipeFile {
  readonly path: string;
  /** A file beside the recipe. */
  readonly source?: string;
  readonly content?: string;
  /** A file that banger ships for guests. */
  readonly guest?: string;
  readonly mode: number;
  /** "user" or "user:group" of the image; root's when absent. */
  readonly owner?: string;
}

/** What runs in the tree, as root of it: `source`, a file beside the recipe, or `run`, lines for sh(1). */
export interface RecipeScript {
  readonly source?: string;
  readonly run?: string;
  /** Whether it reaches the host's network. */
  readonly network: boolean;
}

/** Files on top of a tree, and a user for them. */
export interface FilesStep {
  readonly kind: 'files';
  /** For people; no two steps of an image have the same. */
  readonly title: string;
  readonly entries: readonly ArchiveEntry[];
  /** Whose entries are not root's, by path. */
  readonly owners: readonly { readonly path: string; readonly owner: string }[];
  /** A user who can log in by key; made unless the tree has it. */
  readonly user?: string;
}

export interface ScriptStep {
  readonly kind: 'script';
  readonly title: string;
  readonly script: Uint8Array;
  readonly network: boolean;
}

/** What is done to a tree after its packages are there. */
export type ImageStep = FilesStep | ScriptStep;

/** A recipe with all that it adds to and refers to, ready to be built. */
export interface LoadedRecipe {
  readonly name: string;
  readonly suite: string;
  readonly defaultUser: string;
  readonly init: ImageInit;
  /** 0 for as small as can be. */
  readonly sizeMib: number;
  /** Sorted. */
  readonly packages: readonly string[];
  readonly steps: readonly ImageStep[];
  /** A script that removes from the tree what belongs to one machine; it runs in the tree after every step. */
  readonly cleanup: Uint8Array;
}

/** A recipe of a chain, with the files that it names. */
export interface RecipeLink {
  readonly recipe: Recipe;
  /** By the name that the recipe gives them. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
}

/** Joins a recipe, the last of the chain, with those that it adds to. */
export function composeRecipe(
  chain: readonly RecipeLink[],
  guestFile: (name: string) => Uint8Array,
  cleanup: Uint8Array,
): LoadedRecipe {
  const recipes = chain.map(({ recipe }) => recipe);
  const last = <K extends keyof Recipe>(key: K) => recipes.findLast((recipe) => recipe[key] !== undefined)?.[key];
  const defaultUser = last('default_user') ?? 'root';
  const packages = [...new Set(recipes.flatMap((recipe) => recipe.packages))].sort();
  const boot: FilesStep = {
    kind: 'files',
    title: 'make it bootable',
    entries: bootableEntries(bootParts(packages, last('trim') ?? true, defaultUser), guestFile),
    owners: [],
    user: defaultUser,
  };
  return {
    name: recipes.at(-1)?.name ?? '',
    suite: last('suite') ?? 'host',
    defaultUser,
    init: last('init') ?? 'system',
    sizeMib: last('size') ?? 0,
    packages,
    steps: withOwnTitles([boot, ...chain.flatMap((each) => stepsOf(each, guestFile))]),
    cleanup,
  };
}

/** What packages give a tree to boot with. */
function bootParts(packages: readonly string[], trim: boolean, user: string): BootParts {
  return { systemd: packages.includes('systemd-sysv'), openssh: packages.includes('openssh-server'), trim, user };
}

function stepsOf({ recipe, sources }: RecipeLink, guestFile: (name: string) => Uint8Array): ImageStep[] {
  const sourceOf = (name: string) => sources.get(name) ?? Buffer.alloc(0);
  const contentOf = ({ source, content, guest }: RecipeFile) => {
    if (source !== undefined) return sourceOf(source);
    return guest === undefined ? Buffer.from(content ?? '') : guestFile(guest);
  };
  const entries = [
    ...recipe.masked_units.map((unit) => link(`etc/systemd/system/${unit}`, '/dev/null')),
    ...recipe.folders.map((path) => folder(relative(path))),
    ...recipe.files.map((each) => file(relative(each.path), contentOf(each), each.mode)),
    ...recipe.links.map(({ path, target }) => link(relative(path), target)),
  ];
  const owners = recipe.files.flatMap(({ path, owner }) => (owner === undefined ? [] : [{ path, owner }]));
  const files: FilesStep = { kind: 'files', title: `add the files of ${recipe.name}`, entries, owners };
  const scripts = recipe.scripts.map(
    ({ source, run, network }): ScriptStep => ({
      kind: 'script',
      title: source === undefined ? 'run a script' : `run ${source}`,
      script: source === undefined ? Buffer.from(`#!/bin/sh\nset -eu\n${run}\n`) : sourceOf(source),
      network,
    }),
  );
  return entries.length === 0 ? scripts : [files, ...scripts];
}

/** Steps of the same title get numbers. */
function withOwnTitles(steps: readonly ImageStep[]): ImageStep[] {
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const count = (seen.get(step.title) ?? 0) + 1;
    seen.set(step.title, count);
    return count === 1 ? step : { ...step, title: `${step.title} (${count})` };
  });
}

/** What stands for a step when builds are compared. Its title does not change what it makes. */
export function stepInputs(step: ImageStep): object {
  if (step.kind === 'script') return { script: digestOf(step.script), network: step.network };
  const entries = step.entries.map((entry) =>
    entry.type === 'file' ? { ...entry, content: digestOf(entry.content) } : entry,
  );
  return { entries, owners: step.owners, user: step.user ?? '' };
}

function relative(path: string): string {
  return path.replace(/^\/+/, '');
}
