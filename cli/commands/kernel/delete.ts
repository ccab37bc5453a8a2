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
    return deleteObjects('kernel', call.positionals, (kernel) =>
      imaged.deleteKernel({ kernel }, { signal: ctx.signal }),
    );
  },
});
