import { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import { vmTable } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'List all VMs',
  examples: [
    ['vm list', 'a table'],
    ['vm list --json', 'an array of VMs, for programs'],
  ],
  async run(ctx) {
    const vms = await allVms(ctx);
    return { json: vms.map((vm) => Vm.toJSON(vm)), text: (style) => vmTable(vms, style) };
  },
});

/** Every page. */
async function allVms(ctx: Context): Promise<Vm[]> {
  const vmm = await ctx.clients.vmm();
  const all: Vm[] = [];
  let pageToken = '';
  do {
    const page = await vmm.listVms({ pageSize: 0, pageToken }, { signal: ctx.signal });
    all.push(...page.vms);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return all;
}
