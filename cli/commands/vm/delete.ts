import { DeleteVmResponse } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import type { Style } from '../../render/style.js';
import { remainLines, spanUntil } from '../../views/trash.js';
import { chosenVms, namesPositional, noWaitOption, onVms, vmSelectorOption } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Delete VMs; their disks are kept for a while',
  description:
    'The name, address and published ports of a VM are free at once. Its disks are kept for a day unless `trash_hours` in ' +
    'section [vmm] says otherwise: `banger vm restore` brings it back. With --force a deletion always ends; what it could not ' +
    'clean up is told, and cleaned up later.',
  positionals: [namesPositional],
  options: {
    selector: vmSelectorOption,
    force: { type: 'flag', alias: 'f', summary: 'Also VMs that run, and whatever cannot be cleaned up at once' },
    purge: { type: 'flag', summary: 'Remove the disks for good' },
    'no-wait': noWaitOption,
  },
  examples: [
    ['vm delete web', 'a VM that does not run'],
    ['vm delete --force web db', 'two, whether they run or not'],
    ['vm delete --purge web', 'with its disks, for good'],
    ['vm delete --force -l app=ci', 'all with this label'],
  ],
  async run(ctx, call) {
    const { force, purge, 'no-wait': noWait } = call.options;
    const wait = !noWait;
    const { done, errors } = await onVms(ctx, await chosenVms(ctx, call), (name, options, repeated) =>
      remove(ctx, { name, force, wait, purge }, options, repeated),
    );
    return {
      json: done.map(({ name, response }) => ({
        name,
        deleted: wait,
        ...(DeleteVmResponse.toJSON(response) as object),
      })),
      text: (style) => done.flatMap((one) => deleted(one, wait, style)).join('\n'),
      errors,
    };
  },
});

interface Deleted {
  readonly name: string;
  readonly response: DeleteVmResponse;
}

async function remove(
  ctx: Context,
  request: { name: string; force: boolean; wait: boolean; purge: boolean },
  options: object,
  repeated: boolean,
): Promise<Deleted> {
  const vmm = await ctx.clients.vmm();
  const response = await vmm.deleteVm(request, options).catch((error) => {
    // The call that vmm was restarted under has done it.
    if (!repeated || error.kind !== 'not-found') throw error;
    return DeleteVmResponse.fromPartial({});
  });
  return { name: request.name, response };
}

function deleted({ name, response: { keptUntil, remains } }: Deleted, wait: boolean, style: Style): string[] {
  if (!wait) return [`${name} is being deleted`];
  const kept = `${name} is deleted; ${style.bold(`banger vm restore ${name}`)} brings it back, for ${spanUntil(keptUntil, style)}`;
  return [keptUntil === undefined ? `${name} is deleted` : kept, ...remainLines(remains)];
}
