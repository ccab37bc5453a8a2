import type { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../../context.js';
import { defineCommand } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { logIn } from '../../log-in.js';

export const command = defineCommand({
  summary: 'Log in to a VM, or run a command in it',
  description:
    "Uses banger's key and the VM's pinned host key: there is never a prompt. The exit code is that of the command in the " +
    'VM, or 255 when ssh itself fails. As with ssh, the words of a command are joined, and the shell in the VM reads them.',
  positionals: [
    { name: 'name', summary: 'The name of the VM; may be left out when there is only one', optional: true },
  ],
  rest: { name: 'command', summary: 'What to run in the VM instead of a shell' },
  examples: [
    ['vm ssh web', 'a shell in the VM'],
    ['vm ssh web -- uname -a', 'one command'],
    ["vm ssh web -- 'df -h / && uptime'", 'a line for its shell, quoted for this one'],
  ],
  async run(ctx, call) {
    const vm = await findVm(ctx, call.positionals[0]);
    const exitCode = await logIn(ctx, vm, call.rest ?? []);
    return { json: undefined, text: () => '', exitCode };
  },
});

async function findVm(ctx: Context, name: string | undefined): Promise<Vm> {
  const vmm = await ctx.clients.vmm();
  if (name !== undefined) {
    const { vm } = await vmm.getVm({ name }, { signal: ctx.signal });
    if (vm) return vm;
  }
  const { vms } = await vmm.listVms({ pageSize: 0, pageToken: '', selector: '' }, { signal: ctx.signal });
  const [only] = vms;
  if (only !== undefined && vms.length === 1) return only;
  const there = vms.length === 0 ? 'there are no VMs' : `there are ${vms.map((vm) => vm.name).join(', ')}`;
  throw usageError([`NAME is missing: ${there}`], 'banger vm ssh --help');
}
