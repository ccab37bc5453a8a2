import { VmStats } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { statsDetails } from '../../views/vm-stats.js';

export const command = defineCommand({
  summary: 'Show what a VM uses, and has used since it was started',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  examples: [
    ['vm stats web', 'processor time, memory, disks and network'],
    ['vm stats web --json', 'the same for programs, every counter included'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const request = { name: positional(call, 0) };
    const { stats = VmStats.fromPartial({}) } = await vmm.getVmStats(request, { signal: ctx.signal });
    return { json: VmStats.toJSON(stats), text: (style) => statsDetails(stats, style) };
  },
});
