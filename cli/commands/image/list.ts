import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand } from '../../define-command.js';
import { imageTable } from '../../views/image.js';

export const command = defineCommand({
  summary: 'List all images',
  examples: [
    ['image list', 'a table'],
    ['image list --json', 'an array of images, for programs'],
  ],
  async run(ctx) {
    const imaged = await ctx.clients.imaged();
    const { images } = await imaged.listImages({}, { signal: ctx.signal });
    return { json: images.map((one) => Image.toJSON(one)), text: (style) => imageTable(images, style) };
  },
});
