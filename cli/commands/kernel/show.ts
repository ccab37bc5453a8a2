import { Kernel } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { kernelDetails } from '../../views/kernel.js';

export const command = defineCommand({
  summary: 'Show everything about a kernel',
  positionals: [{ name: 'kernel', summary: 'Its name, or its digest with "sha256:"' }],
  examples: [
    ['kernel show 6.1.0-56-cloud-amd64', 'where it boots, its modules, what it was made of, and who holds it'],
    ['kernel show 6.1.0-56-cloud-amd64 --json', 'the same for programs, with every package'],
  ],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    const request = { kernel: positional(call, 0) };
    const { kernel = Kernel.fromPartial({}) } = await imaged.getKernel(request, { signal: ctx.signal });
    return { json: Kernel.toJSON(kernel), text: (style) => kernelDetails(kernel, style) };
  },
});
