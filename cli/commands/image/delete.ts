import { defineCommand } from '../../define-command.js';
import { deleteObjects } from '../../delete-objects.js';

export const command = defineCommand({
  summary: 'Delete images that no VM holds',
  positionals: [{ name: 'image', summary: 'A name, or a digest with "sha256:"; several may be given', variadic: true }],
  examples: [['image delete debian', 'refused while a VM was created from it']],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    return deleteObjects('image', call.positionals, (image) => imaged.deleteImage({ image }, { signal: ctx.signal }));
  },
});
