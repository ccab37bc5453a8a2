import { allVms } from '../../all-vms.js';
import type { Context } from '../../context.js';
import { defineCommand, positional } from '../../define-command.js';
import { usageError } from '../../errors.js';

/** What has names that a shell completes. */
const kinds = ['vm', 'trash', 'label', 'label-key', 'image', 'kernel'] as const;
export type NameKind = (typeof kinds)[number];
/** Whoever pressed the Tab key waits. */
const deadlineMs = 1_000;

export const command = defineCommand({
  summary: 'Print names for the completion of a shell',
  positionals: [{ name: 'kind', summary: `What they are names of: ${kinds.join(', ')}` }],
  examples: [
    ['internal names vm', 'the names of all VMs, one a line'],
    ['internal names label', 'every label of theirs, as app=ci'],
  ],
  async run(ctx, call) {
    const kind = positional(call, 0);
    const known = kinds.find((each) => each === kind);
    if (known === undefined) throw usageError([`KIND must be ${kinds.join(' or ')}, is "${kind}"`]);
    const found = [...new Set(await namesOf(ctx, known))].filter((name) => name !== '');
    return { json: found, names: found, text: () => found.join('\n') };
  },
});

async function namesOf(ctx: Context, kind: NameKind): Promise<string[]> {
  switch (kind) {
    case 'vm':
      return (await allVms(ctx, '', deadlineMs)).map(({ name }) => name);
    case 'label':
      return (await labels(ctx)).map(([key, value]) => `${key}=${value}`);
    case 'label-key':
      return (await labels(ctx)).map(([key]) => key);
    case 'trash':
      return (await (await ctx.clients.vmm()).listTrash({}, within(ctx))).vms.map(({ name }) => name);
    case 'image':
      return (await (await ctx.clients.imaged()).listImages({}, within(ctx))).images.flatMap(({ names }) => names);
    case 'kernel':
      return (await (await ctx.clients.imaged()).listKernels({}, within(ctx))).kernels.flatMap(({ names }) => names);
  }
}

const within = ({ signal }: Context) => ({ signal, deadlineMs });

async function labels(ctx: Context): Promise<[key: string, value: string][]> {
  const vms = await allVms(ctx, '', deadlineMs);
  return vms.flatMap(({ spec }) => Object.entries(spec?.labels ?? {})).sort(([a], [b]) => (a < b ? -1 : 1));
}
