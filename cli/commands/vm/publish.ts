import { UpdateVmRequest, Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { publicationsOf, wordsAfterName } from '../../network-policy.js';
import { publishedText } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'Publish ports of a VM at the host',
  description:
    'What reaches the port of the host reaches the VM, at once and until `banger vm unpublish`, also from the host itself. ' +
    'With an address only what is sent to that address of the host does. Ranges such as 8000-8009:9000-9009 are one port each.',
  positionals: [
    { name: 'name', summary: 'The name of the VM' },
    { name: 'port', summary: '[ADDRESS:]HOST_PORT:GUEST_PORT[/udp]; several may be given', variadic: true },
  ],
  examples: [
    ['vm publish web 8080:80', "the VM's port 80 at port 8080 of every address of the host"],
    ['vm publish dns 127.0.0.1:5353:53/udp', 'for programs of the host only'],
  ],
  async run(ctx, call) {
    const publish = publicationsOf(wordsAfterName(call), false, 'banger vm publish --help');
    const vmm = await ctx.clients.vmm();
    const request = UpdateVmRequest.fromPartial({ name: positional(call, 0), publish });
    const { vm = Vm.fromPartial({}) } = await vmm.updateVm(request, { signal: ctx.signal });
    return { json: Vm.toJSON(vm), text: () => publishedText(vm) };
  },
});
