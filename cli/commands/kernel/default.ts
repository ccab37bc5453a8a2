import { Kernel } from '../../../gen/banger/imaged/v1/image_service.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';

export const command = defineCommand({
  summary: 'Show or choose the kernel of VMs that name none',
  description: 'Unless one was chosen it is the kernel that was made last. VMs that exist keep the kernel they have.',
  positionals: [
    { name: 'kernel', summary: 'Its name, or its digest with "sha256:"; shows it when absent', optional: true },
  ],
  options: { newest: { type: 'flag', summary: 'Take the choice back: the kernel that was made last' } },
  examples: [
    ['kernel default', 'which one it is, and why'],
    ['kernel default 6.1.0-56-cloud-amd64', 'for all VMs that are created from now on without --kernel'],
    ['kernel default --newest', 'whichever was made last'],
  ],
  async run(ctx, call) {
    const kernel = call.positionals[0];
    if (kernel !== undefined && call.options.newest) {
      throw usageError(['give a kernel or --newest, not both'], 'banger kernel default --help');
    }
    const imaged = await ctx.clients.imaged();
    const options = { signal: ctx.signal };
    const found =
      kernel === undefined && !call.options.newest
        ? await imaged.getDefaultKernel({}, options)
        : await imaged.setDefaultKernel({ kernel: kernel ?? '' }, options);
    return { json: found.kernel && Kernel.toJSON(found.kernel), text: () => sentence(found) };
  },
});

function sentence({ kernel, chosen }: { kernel?: Kernel | undefined; chosen: boolean }): string {
  if (!kernel) return 'there is no kernel; the first that is built or imported will be the default';
  return `the default kernel is ${kernel.name}: ${chosen ? 'it was chosen' : 'it was made last, and none was chosen'}`;
}
