import { defineCommand } from '../../define-command.js';
import { namesOf, namesPositional, noWaitOption, onVms, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'End VMs at once, as pulling the plug does',
  positionals: [namesPositional],
  options: { 'no-wait': noWaitOption },
  examples: [['vm kill web', 'end it; what it had not written is lost']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(await onVms(ctx, namesOf(call), (name, options) => vmm.killVm({ name, wait }, options)));
  },
});
