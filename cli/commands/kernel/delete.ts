import { defineCommand } from '../../define-command.js';
import { deleteObjects } from '../../delete-objects.js';

export const command = defineCommand({
  summary: 'Delete kernels that no VM holds',
  positionals: [
    { name: 'kernel', summary: 'A name, or a digest with "sha256:"; several may be given', variadic: true },
  ],
  examples: [['kernel delete 6.1.0-56-cloud-amd64', 'refused while a VM boots from it']],
  async run(ctx, call) {
    const imaged = await ctx.clients.imaged();
    return deleteObjects('kernel', call.positionals, async (kernel) => {
      const { remainingNames, wasDefault, defaultKernel } = await imaged.deleteKernel(
        { kernel },
        { signal: ctx.signal },
      );
      if (remainingNames.length > 0) ctx.note(`the kernel of ${kernel} stays as ${remainingNames.join(', ')}`);
      if (!wasDefault) return;
      const now = defaultKernel ? `it is ${defaultKernel.name} now, the one that was made last` : 'there is none now';
      ctx.note(`kernel ${kernel} was the default; ${now}`);
    });
  },
});
