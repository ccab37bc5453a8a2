import { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { vmDetails } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'Show everything about a VM',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  examples: [
    ['vm show web', 'its state, address, disks and hypervisor'],
    ['vm show web --json', 'the same for programs'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const { vm = Vm.fromPartial({}) } = await vmm.getVm({ name: positional(call, 0) }, { signal: ctx.signal });
    return { json: Vm.toJSON(vm), text: (style) => vmDetails(vm, style) };
  },
});
