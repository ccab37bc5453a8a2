import { Image } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand, positional } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Give an image one more name',
  description:
    'Names are only names: nothing is copied, and VMs keep the image that they were made from. A name that another ' +
    'image has moves to this one; that is refused when the other image would be removed for want of a name. ' +
    'A name goes away with `banger image delete NAME`.',
  positionals: [
    { name: 'image', summary: 'A name, or a digest with "sha256:"' },
    { name: 'name', summary: 'The new name' },
  ],
  options: { force: { type: 'flag', summary: 'Take the name even when the image that has it is removed with it' } },
  examples: [
    ['image tag debian web-base', 'debian is web-base too'],
    [
      'image tag sha256:4f1c0a2b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a debian',
      'back to an older build',
    ],
  ],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    const request = { image: positional(call, 0), name: positional(call, 1), force: call.options.force };
    const { image = Image.fromPartial({}) } = await imaged.tagImage(request, { signal: ctx.signal });
    return { json: Image.toJSON(image), text: () => `image ${image.digest} has the names ${image.names.join(', ')}` };
  },
});
