import { ExplainVmResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { explanation } from '../../views/vm-explain.js';

export const command = defineCommand({
  summary: 'Tell why a VM is as it is, by what evidence, and what to do next',
  positionals: [{ name: 'name', summary: 'The name of the VM, or of a deleted one that can be restored' }],
  examples: [
    ['vm explain web', 'its state in words, what was looked at, what was done last, and the next step'],
    ['vm explain web --json', 'the same for programs'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const answer = await vmm.explainVm({ name: positional(call, 0) }, { signal: ctx.signal });
    return { json: ExplainVmResponse.toJSON(answer), text: (style) => explanation(answer, style) };
  },
});
