import { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { allVms } from '../../all-vms.js';
import { defineCommand } from '../../define-command.js';
import { selectorOf, selectorOption } from '../../labels.js';
import { vmTable } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'List all VMs, or those with certain labels',
  options: { selector: selectorOption },
  examples: [
    ['vm list', 'a table'],
    ['vm list -l app=ci,!keep', 'those with the label app=ci and none named keep'],
    ['vm list --json', 'an array of VMs, for programs'],
  ],
  async run(ctx, call) {
    const selector = selectorOf(call.options.selector);
    const vms = await allVms(ctx, selector);
    return {
      json: vms.map((vm) => Vm.toJSON(vm)),
      text: (style) =>
        vms.length === 0 && selector !== '' ? `No VM has the labels ${selector}.` : vmTable(vms, style),
    };
  },
});
