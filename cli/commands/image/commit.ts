import { followSteps, madeResult, tagOption } from '../../customizing.js';
import { defineCommand, positional } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Make an image of what a VM has changed',
  description:
    'The image lies on the one that the VM was made of, and takes only the room of the changes. A VM that runs stands still ' +
    'while its disk is copied. Its keys, its name and what else belongs to one machine stay out of the image.',
  positionals: [{ name: 'vm', summary: 'The VM: stopped, running or paused' }],
  options: { tag: tagOption },
  examples: [['image commit web --tag web-1', 'new VMs begin where web is now']],
  async run(ctx, call) {
    const name = positional(call, 0);
    const { tag } = call.options;
    const vmm = await ctx.clients.vmm();
    const made = await followSteps(ctx, `image ${tag}`, vmm.commitVm({ name, image: tag }, { signal: ctx.signal }));
    return madeResult(made);
  },
});
