import { Kernel } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand } from '../../define-command.js';
import { kernelTable } from '../../views/kernel.js';

export const command = defineCommand({
  summary: 'List all kernels',
  examples: [
    ['kernel list', 'a table'],
    ['kernel list --json', 'an array of kernels, for programs'],
  ],
  async run(ctx) {
    const imaged = await ctx.clients.imaged();
    const { kernels } = await imaged.listKernels({}, { signal: ctx.signal });
    return { json: kernels.map((one) => Kernel.toJSON(one)), text: (style) => kernelTable(kernels, style) };
  },
});
