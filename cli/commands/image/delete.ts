import { defineCommand } from '../../define-command.js';
import { deleteObjects } from '../../delete-objects.js';

export const command = defineCommand({
  summary: 'Delete images that no VM holds',
  description:
    'An image that has several names loses the one that is given, and stays under the others; given by its digest, it ' +
    'goes with all of them.',
  positionals: [{ name: 'image', summary: 'A name, or a digest with "sha256:"; several may be given', variadic: true }],
  examples: [['image delete debian', 'refused while a VM was created from it, unless the image has another name']],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    return deleteObjects('image', call.positionals, async (image) => {
      const { remainingNames } = await imaged.deleteImage({ image }, { signal: ctx.signal });
      if (remainingNames.length > 0) ctx.note(`the image of ${image} stays as ${remainingNames.join(', ')}`);
    });
  },
});
