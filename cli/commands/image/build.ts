import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { followBuild } from '../../build-progress.js';
import { defineCommand } from '../../define-command.js';
import { bytes } from '../../render/format.js';

export const command = defineCommand({
  summary: 'Build an image from a recipe',
  description: 'A build whose inputs have not changed returns at once. Ctrl-C ends it, and nothing is left.',
  positionals: [{ name: 'recipe', summary: 'A recipe that banger ships; debian unless given', optional: true }],
  options: { rebuild: { type: 'flag', summary: 'Build even when nothing has changed' } },
  examples: [
    ['image build debian', "Debian, from this host's own apt sources"],
    ['image build debian --rebuild', 'again, with the packages of today'],
  ],
  async run(ctx, call) {
    const recipe = call.positionals[0] ?? 'debian';
    const imaged = await ctx.clients.imaged();
    const request = { recipe, rebuild: call.options.rebuild };
    const { value: image } = await followBuild(
      ctx,
      `image ${recipe}`,
      imaged.buildImage(request, { signal: ctx.signal }),
    );
    return {
      json: Image.toJSON(image),
      text: () => `image ${image.name} is ready: ${bytes(image.diskUsageBytes)} on disk, ${image.digest}`,
    };
  },
});
