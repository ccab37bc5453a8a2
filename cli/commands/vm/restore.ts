import { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { defineCommand, positional } from '../../define-command.js';
import { VmFollower, waitDeadlineMs } from '../../vm-progress.js';

export const command = defineCommand({
  summary: 'Bring a deleted VM back',
  description:
    'It comes back stopped, with its disks, settings and ssh host key; with its former address when that is still free. Under ' +
    'another name its guest goes by the old one until that is changed there.',
  positionals: [{ name: 'name', summary: 'The name that it had, for the last of that name; or its uid' }],
  options: {
    as: { type: 'text', summary: 'The name that it gets; the one that it had unless given' },
  },
  examples: [
    ['vm restore web', 'the VM web that was deleted last'],
    ['vm restore web --as old-web', 'beside a new VM web'],
  ],
  async run(ctx, call) {
    const [reference, newName] = [positional(call, 0), call.options.as ?? ''];
    const follower = new VmFollower(ctx, [newName || reference]);
    follower.start();
    try {
      const vm = await follower.persist(async () => {
        const vmm = await ctx.clients.vmm();
        const request = { name: reference, newName, wait: true };
        const response = await vmm.restoreVm(request, { signal: ctx.signal, deadlineMs: waitDeadlineMs });
        return response.vm ?? Vm.fromPartial({ name: newName || reference });
      });
      return { json: Vm.toJSON(vm), text: (style) => restored(vm, style.bold(`banger vm start ${vm.name}`)) };
    } finally {
      follower.stop();
    }
  },
});

function restored({ name, status }: Vm, next: string): string {
  return `${name} is back, stopped, at ${status?.ipv4Address || 'no address yet'}; next: ${next}`;
}
