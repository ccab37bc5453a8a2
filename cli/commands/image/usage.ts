import { GetStoreUsageResponse } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand } from '../../define-command.js';
import { storeUsage } from '../../views/store.js';

export const command = defineCommand({
  summary: 'Show what the store occupies on the disk',
  description: 'Each layer and each image is counted once, however many images share it.',
  examples: [
    ['image usage', 'images, kernels, builds, and what is damaged'],
    ['image usage --json', 'the same in bytes, for programs'],
  ],
  async run(ctx) {
    const imaged = await ctx.clients.imaged();
    const usage = await imaged.getStoreUsage({}, { signal: ctx.signal });
    return { json: GetStoreUsageResponse.toJSON(usage), text: (style) => storeUsage(usage, style) };
  },
});
