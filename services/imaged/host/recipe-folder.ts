import { basename, join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { readdir, readFile } from '../../../lib/host/files.js';
import { tomlLines } from '../../../lib/toml-lines.js';
import type { Recipes } from '../app/ports.js';
import { bootFiles } from '../domain/bootable.js';
import { recipeInvalid } from '../domain/errors.js';
import { composeRecipe, type LoadedRecipe, type Recipe, type RecipeLink } from '../domain/recipe.js';
import { RecipeFiles } from './recipe-files.js';
import { type RecipeProblem, recipeProblems, recipeSchema } from './recipe-schema.js';

const suffix = '.toml';
const cleanupName = 'customize';
/** More recipes on top of each other than anybody can follow. */
const maxChain = 8;

/** A recipe's file: one that banger ships, or one of the caller's own. */
interface Place {
  readonly path: string;
  readonly isShipped: boolean;
}

/** The recipes that banger ships, a folder of TOML files and one of files for guests; and those that users write. */
export class RecipeFolder implements Recipes {
  constructor(
    private readonly recipes: string,
    private readonly guestFiles: string,
    /** Whether recipes of users may only name files that everybody may read. */
    private readonly onlyPublic: boolean,
  ) {}

  async names(): Promise<string[]> {
    const files = (await readdir(this.recipes)).filter((name) => name.endsWith(suffix));
    return files.map((name) => name.slice(0, -suffix.length)).sort();
  }

  async load(reference: string): Promise<LoadedRecipe | undefined> {
    const place = reference.startsWith('/') ? { path: reference, isShipped: false } : await this.#shipped(reference);
    if (!place) return undefined;
    const guest = new Map<string, Buffer>();
    const chain = await this.#chain(place, guest, []);
    for (const name of bootFiles) guest.set(name, await readFile(join(this.guestFiles, name)));
    const cleanup = await readFile(join(this.guestFiles, cleanupName));
    return composeRecipe(chain, (name) => guest.get(name) ?? Buffer.alloc(0), cleanup);
  }

  async #shipped(name: string): Promise<Place | undefined> {
    if (!(await this.names()).includes(name)) return undefined;
    return { path: join(this.recipes, `${name}${suffix}`), isShipped: true };
  }

  /** The recipe at a place after all that it adds to. `above` are the paths of those that add to it. */
  async #chain(place: Place, guest: Map<string, Buffer>, above: readonly string[]): Promise<RecipeLink[]> {
    const { path } = place;
    const files = await RecipeFiles.of(path, this.onlyPublic && !place.isShipped);
    const text = await files.read(basename(path));
    if (typeof text === 'string') throw invalid(path, [text]);
    const content = text.toString('utf8');
    const tell = teller(path, content);
    const recipe = parseRecipe(path, content, tell);
    const sources = new Map<string, Buffer>();
    const problems = [
      ...(await this.#readSources(recipe, files, sources)),
      ...(await this.#readGuestFiles(recipe, guest)),
      ...(place.isShipped && recipe.name !== basename(path, suffix)
        ? [{ path: ['name'], message: `must be "${basename(path, suffix)}", as the file's name says` }]
        : []),
    ];
    const base = recipe.base === undefined ? undefined : await this.#base(recipe.base, place);
    if (recipe.base !== undefined && !base) problems.push(await this.#noBase(recipe.base));
    if (base && [...above, path].includes(base.path))
      problems.push({ path: ['base'], message: 'leads back to itself' });
    if (above.length >= maxChain) problems.push({ path: ['base'], message: `is one of more than ${maxChain} recipes` });
    if (problems.length > 0) throw tell(problems);
    const below = base ? await this.#chain(base, guest, [...above, path]) : [];
    return [...below, { recipe, sources }];
  }

  async #base(name: string, { path, isShipped }: Place): Promise<Place | undefined> {
    if (!name.endsWith(suffix)) return this.#shipped(name);
    return { path: join(path, '..', name), isShipped };
  }

  async #noBase(name: string): Promise<RecipeProblem> {
    const known = (await this.names()).join(', ');
    return { path: ['base'], message: `there is no recipe ${name}; banger has ${known}, and files end in ${suffix}` };
  }

  async #readSources(recipe: Recipe, files: RecipeFiles, sources: Map<string, Buffer>): Promise<RecipeProblem[]> {
    const problems: RecipeProblem[] = [];
    for (const list of ['files', 'scripts'] as const) {
      for (const [i, { source }] of recipe[list].entries()) {
        if (source === undefined || sources.has(source)) continue;
        const content = await files.read(source);
        if (typeof content === 'string') problems.push({ path: [list, i, 'source'], message: content });
        else sources.set(source, content);
      }
    }
    return problems;
  }

  async #readGuestFiles(recipe: Recipe, guest: Map<string, Buffer>): Promise<RecipeProblem[]> {
    const there = new Set(await readdir(this.guestFiles));
    const problems: RecipeProblem[] = [];
    for (const [i, { guest: name }] of recipe.files.entries()) {
      if (name === undefined) continue;
      if (there.has(name)) guest.set(name, await readFile(join(this.guestFiles, name)));
      else problems.push({ path: ['files', i, 'guest'], message: `banger ships no file ${name}` });
    }
    return problems;
  }
}

type Tell = (problems: readonly RecipeProblem[]) => Error;

/** Makes the error that tells mistakes of the recipe at `path`, each with its line. */
function teller(path: string, text: string): Tell {
  const lineOf = tomlLines(text);
  const place = (problem: RecipeProblem) => {
    const line = lineOf(problem.path);
    return line === undefined ? '' : `line ${line}: `;
  };
  return (problems) =>
    invalid(
      path,
      problems.map((problem) => `${place(problem)}${keyOf(problem.path)} ${problem.message}`),
    );
}

function invalid(path: string, problems: readonly string[]): Error {
  return recipeInvalid(basename(path, suffix), path, problems);
}

/** Such as files[0].path. */
function keyOf(path: readonly (string | number)[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
  return parts.join('').replace(/^\./, '') || 'the file';
}

function parseRecipe(path: string, text: string, tell: Tell): Recipe {
  const value = parseToml(path, text);
  const problems = recipeProblems(value);
  if (problems.length > 0) throw tell(problems);
  return recipeSchema.parse(value);
}

function parseToml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [summary = 'is not TOML'] = error.message.split('\n');
    throw invalid(path, [`line ${error.line}, column ${error.column}: ${summary}`]);
  }
}
