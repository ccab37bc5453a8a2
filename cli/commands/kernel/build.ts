import { Kernel } from '../../../gen/banger/imaged/v1/image_service.js';
import { followBuild } from '../../build-progress.js';
import { defineCommand } from '../../define-command.js';

export const command = defineCommand({
  summary: "Build the kernel from the distribution's package",
  description: 'A build whose inputs have not changed returns at once. Ctrl-C ends it, and nothing is left.',
  options: { rebuild: { type: 'flag', summary: 'Build even when nothing has changed' } },
  examples: [
    ['kernel build', 'kernel and initrd, ready to boot'],
    ['kernel build --rebuild', "again, with today's package"],
  ],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    const stream = imaged.buildKernel({ rebuild: call.options.rebuild }, { signal: ctx.signal });
    const { value: kernel } = await followBuild(ctx, 'kernel', stream);
    return {
      json: Kernel.toJSON(kernel),
      text: () => `kernel ${kernel.name} is ready: ${kernel.release}, ${kernel.digest}`,
    };
  },
});
