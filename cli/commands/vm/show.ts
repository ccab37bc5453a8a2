import { Vm, type VmStats } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../../context.js';
import { defineCommand, positional } from '../../define-command.js';
import { vmDetails } from '../../views/vm.js';

export const command = defineCommand({
  summary: 'Show everything about a VM',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  examples: [
    ['vm show web', 'its state, address, disks, hypervisor and use'],
    ['vm show web --json', 'the same for programs'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const { vm = Vm.fromPartial({}) } = await vmm.getVm({ name: positional(call, 0) }, { signal: ctx.signal });
    const stats = ctx.json || !vm.status?.pid ? undefined : await statsOf(ctx, vm.name);
    return { json: Vm.toJSON(vm), text: (style) => vmDetails(vm, style, stats) };
  },
});

/** A hypervisor that hangs shall not keep back what is known of its VM. */
const statsDeadlineMs = 2_000;

/** Undefined when they cannot be had: the VM may end meanwhile, and `vm stats` tells why. */
async function statsOf(ctx: Context, name: string): Promise<VmStats | undefined> {
  const vmm = await ctx.clients.vmm();
  return vmm.getVmStats({ name }, { signal: ctx.signal, deadlineMs: statsDeadlineMs }).then(
    ({ stats }) => stats,
    () => undefined,
  );
}
