import { defineCommand } from '../../define-command.js';
import { chosenVms, namesPositional, noWaitOption, onVms, vmSelectorOption, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'End VMs at once, as pulling the plug does',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, 'no-wait': noWaitOption },
  examples: [['vm kill web', 'end it; what it had not written is lost']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(
      await onVms(ctx, await chosenVms(ctx, call), (name, options) => vmm.killVm({ name, wait }, options)),
    );
  },
});
