import { defineCommand } from '../../define-command.js';
import { namesOf, namesPositional, noWaitOption, onVms, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Let VMs go on that stand still',
  positionals: [namesPositional],
  options: { 'no-wait': noWaitOption },
  examples: [['vm resume web', 'it goes on where it was']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(await onVms(ctx, namesOf(call), (name, options) => vmm.resumeVm({ name, wait }, options)));
  },
});
