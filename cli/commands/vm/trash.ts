import { ListTrashResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand } from '../../define-command.js';
import { trashTable } from '../../views/trash.js';

export const command = defineCommand({
  summary: 'List deleted VMs that can be restored',
  description:
    'A deleted VM is kept for `trash_hours` of the section [vmm], of the time that the host runs, within `trash_mib`: the ' +
    'oldest goes first. What could not be cleaned up of VMs that are gone is told too.',
  examples: [
    ['vm trash', 'a table'],
    ['vm trash --json', '"vms" and "remains", for programs'],
  ],
  async run(ctx) {
    const vmm = await ctx.clients.vmm();
    const response = await vmm.listTrash({}, { signal: ctx.signal });
    const { vms, remains } = ListTrashResponse.toJSON(response) as { vms?: unknown[]; remains?: unknown[] };
    return {
      json: { vms: vms ?? [], remains: remains ?? [] },
      names: response.vms.map(({ name }) => name),
      text: (style) => trashTable(response, style),
    };
  },
});
