import { resolve } from 'node:path';
import { Image } from '../gen/banger/imaged/v1/image_service.js';
import { followBuild } from './build-progress.js';
import type { Context } from './context.js';
import type { Result } from './define-command.js';
import { imageIsReady } from './views/image.js';

/** `image build` of a recipe that banger ships, by its name, or of one's own, by its path. */
export async function buildRecipe(ctx: Context, given: string, rebuild: boolean): Promise<Result> {
  const recipe = isPath(given) ? resolve(given) : given;
  const imaged = await ctx.clients.imaged();
  const build = imaged.buildImage({ recipe, rebuild }, { signal: ctx.signal });
  const { value: image } = await followBuild(ctx, `image ${given}`, build);
  return { json: Image.toJSON(image), text: () => imageIsReady(image) };
}

function isPath(given: string): boolean {
  return given.includes('/') || given.endsWith('.toml');
}
