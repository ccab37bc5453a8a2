import { UpdateVmRequest, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { publicationsOf, wordsAfterName } from '../../network-policy.js';
import { publishedText } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'Publish ports of a VM no more',
  description: 'Connections that are open through them end.',
  positionals: [
    { name: 'name', summary: 'The name of the VM' },
    { name: 'port', summary: '[ADDRESS:]HOST_PORT[:GUEST_PORT][/udp]; several may be given', variadic: true },
  ],
  examples: [['vm unpublish web 8080', 'whichever port of the VM it led to']],
  async run(ctx, call) {
    const unpublish = publicationsOf(wordsAfterName(call), true, 'banger vm unpublish --help');
    const vmm = await ctx.clients.vmm();
    const request = UpdateVmRequest.fromPartial({ name: positional(call, 0), unpublish });
    const { vm = Vm.fromPartial({}) } = await vmm.updateVm(request, { signal: ctx.signal });
    return { json: Vm.toJSON(vm), text: () => publishedText(vm) };
  },
});
