import type { Context } from '../../context.js';
import { defineCommand, positional } from '../../define-command.js';
import { usageError } from '../../errors.js';

/** What has names that a shell completes. */
const kinds = ['vm', 'image', 'kernel'] as const;
/** Whoever pressed the Tab key waits. */
const deadlineMs = 1_000;

export const command = defineCommand({
  summary: 'Print names for the completion of a shell',
  positionals: [{ name: 'kind', summary: `What they are names of: ${kinds.join(', ')}` }],
  examples: [['internal names vm', 'the names of all VMs, one a line']],
  async run(ctx, call) {
    const kind = positional(call, 0);
    const known = kinds.find((each) => each === kind);
    if (known === undefined) throw usageError([`KIND must be ${kinds.join(' or ')}, is "${kind}"`]);
    const found = (await namesOf(ctx, known)).filter((name) => name !== '');
    return { json: found, text: () => found.join('\n') };
  },
});

/** The first page is enough: nobody chooses among more. */
async function namesOf(ctx: Context, kind: (typeof kinds)[number]): Promise<string[]> {
  const options = { signal: ctx.signal, deadlineMs };
  const page = { pageSize: 0, pageToken: '', selector: '' };
  if (kind === 'vm') return (await (await ctx.clients.vmm()).listVms(page, options)).vms.map(({ name }) => name);
  const imaged = await ctx.clients.imaged();
  if (kind === 'image') return (await imaged.listImages({}, options)).images.map(({ name }) => name);
  return (await imaged.listKernels({}, options)).kernels.map(({ name }) => name);
}
