import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { readdir, readFile } from '../../../lib/host/files.js';
import type { Recipes } from '../app/ports.js';
import { bootFiles } from '../domain/bootable.js';
import { digestOf, digestOfInputs } from '../domain/digest.js';
import { recipeInvalid } from '../domain/errors.js';
import { type LoadedRecipe, type Recipe, recipeAdditions } from '../domain/recipe.js';
import { recipeSchema } from './recipe-schema.js';

const suffix = '.toml';
const customizeName = 'customize';

/** The recipes that banger ships: a folder of TOML files, and one of the files that they put into guests. */
export class RecipeFolder implements Recipes {
  constructor(
    private readonly recipes: string,
    private readonly guestFiles: string,
  ) {}

  async names(): Promise<string[]> {
    const files = (await readdir(this.recipes)).filter((name) => name.endsWith(suffix));
    return files.map((name) => name.slice(0, -suffix.length)).sort();
  }

  async load(name: string): Promise<LoadedRecipe | undefined> {
    if (!(await this.names()).includes(name)) return undefined;
    const path = join(this.recipes, `${name}${suffix}`);
    const recipe = this.#parse(name, path, await readFile(path, 'utf8'));
    const contents = await this.#contents(name, path, recipe);
    const customize = await readFile(join(this.guestFiles, customizeName), 'utf8');
    const digests = [...contents].map(([source, content]) => [source, digestOf(content)]);
    return {
      recipe,
      additions: recipeAdditions(recipe, (source) => contents.get(source) ?? Buffer.alloc(0)),
      customize,
      digest: digestOfInputs({ recipe, digests, customize: digestOf(customize) }),
    };
  }

  #parse(name: string, path: string, text: string): Recipe {
    const result = recipeSchema.safeParse(parseToml(name, path, text));
    const problems = result.success
      ? []
      : result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    if (result.success && result.data.name !== name) problems.push(`name: must be "${name}", as the file's name says`);
    if (!result.success || problems.length > 0) throw recipeInvalid(name, path, problems);
    return result.data;
  }

  async #contents(name: string, path: string, recipe: Recipe): Promise<Map<string, Buffer>> {
    const there = new Set(await readdir(this.guestFiles));
    const sources = [...new Set([...bootFiles, ...recipe.files.map((file) => file.source)])];
    const missing = sources.filter((source) => !there.has(source));
    if (missing.length > 0) {
      throw recipeInvalid(
        name,
        path,
        missing.map((source) => `files: there is no guest file ${source}`),
      );
    }
    const read = sources.map(async (source) => [source, await readFile(join(this.guestFiles, source))] as const);
    return new Map(await Promise.all(read));
  }
}

function parseToml(name: string, path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [summary = 'is not TOML'] = error.message.split('\n');
    throw recipeInvalid(name, path, [`line ${error.line}, column ${error.column}: ${summary}`]);
  }
}
