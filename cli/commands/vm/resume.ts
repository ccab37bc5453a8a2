import { defineCommand } from '../../define-command.js';
import { chosenVms, namesPositional, noWaitOption, onVms, vmSelectorOption, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Let VMs go on that stand still',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, 'no-wait': noWaitOption },
  examples: [['vm resume web', 'it goes on where it was']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(
      await onVms(ctx, await chosenVms(ctx, call), (name, options) => vmm.resumeVm({ name, wait }, options)),
    );
  },
});
