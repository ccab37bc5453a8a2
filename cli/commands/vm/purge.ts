import { PurgeVmResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { bytes } from '../../render/format.js';
import { remainLines } from '../../views/trash.js';

export const command = defineCommand({
  summary: 'Remove deleted VMs for good',
  positionals: [{ name: 'name', summary: 'The name that it had, or its uid', optional: true }],
  options: {
    all: { type: 'flag', summary: 'All that `banger vm trash` lists' },
  },
  examples: [
    ['vm purge web', 'the deleted VM web, when only one had that name'],
    ['vm purge --all', 'all of them'],
  ],
  async run(ctx, call) {
    const [name = ''] = call.positionals;
    const { all } = call.options;
    if (all === (name !== '')) {
      throw usageError(['give the name or uid of a deleted VM, or --all'], 'banger vm purge --help');
    }
    const vmm = await ctx.clients.vmm();
    const response = await vmm.purgeVm({ name, all }, { signal: ctx.signal, deadlineMs: purgeDeadlineMs });
    return { json: PurgeVmResponse.toJSON(response), text: () => purged(response) };
  },
});

/** Each disk that cannot be removed takes its time, all at once. */
const purgeDeadlineMs = 5 * 60_000;

function purged({ vms, remains }: PurgeVmResponse): string {
  if (vms.length === 0) return 'No deleted VMs are kept.';
  const lines = vms.map(({ name, uid, sizeBytes }) => `${name} (${uid}) is gone for good: ${bytes(sizeBytes)}`);
  return [...lines, ...remainLines(remains)].join('\n');
}
