import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { imageDetails } from '../../views/image.js';

export const command = defineCommand({
  summary: 'Show everything about an image',
  positionals: [{ name: 'image', summary: 'Its name, or its digest with "sha256:"' }],
  examples: [
    ['image show debian', 'its size, what it was made of, and who holds it'],
    ['image show debian --json', 'the same for programs, with every package'],
  ],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    const request = { image: positional(call, 0) };
    const { image = Image.fromPartial({}) } = await imaged.getImage(request, { signal: ctx.signal });
    return { json: Image.toJSON(image), text: (style) => imageDetails(image, style) };
  },
});
