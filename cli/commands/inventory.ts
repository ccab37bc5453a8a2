import { Vm } from '../../gen/banger/vmm/v1/vm_service.js';
import { allVms } from '../all-vms.js';
import type { Context } from '../context.js';
import { defineCommand } from '../define-command.js';
import { hostVars, inventoryOf } from '../inventory.js';
import { selectorOf, selectorOption } from '../labels.js';

export const command = defineCommand({
  summary: 'Print the VMs as an inventory for Ansible',
  description:
    'JSON, as Ansible takes it from a program: hosts named web.vm, in groups by state, image and label, with all that it takes to ' +
    'log in. Ansible calls a file, so that two lines are needed: `#!/bin/sh` and `exec banger inventory "$@"`.',
  options: {
    list: { type: 'flag', summary: 'All hosts with their groups and variables; so without it, too' },
    host: { type: 'text', summary: 'The variables of one host, such as web.vm' },
    selector: selectorOption,
  },
  examples: [
    ['inventory --list', 'all VMs'],
    ['inventory --list -l app=shop', 'those with this label'],
    ['inventory --host web.vm', 'one VM'],
  ],
  async run(ctx, call) {
    const { host, selector } = call.options;
    const vmm = await ctx.clients.vmm();
    const files = await vmm.getSshFiles({}, { signal: ctx.signal });
    const json =
      host === undefined
        ? inventoryOf(await allVms(ctx, selectorOf(selector)), files)
        : hostVars(await vmOf(ctx, host), files);
    return { json, text: () => JSON.stringify(json, null, 2) };
  },
});

async function vmOf(ctx: Context, host: string): Promise<Vm> {
  const vmm = await ctx.clients.vmm();
  const { vm = Vm.fromPartial({}) } = await vmm.getVm({ name: host.replace(/\.vm$/, '') }, { signal: ctx.signal });
  return vm;
}
