import { defineCommand } from '../../define-command.js';
import { chosenVms, namesPositional, noWaitOption, onVms, vmSelectorOption, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Make VMs stand still; their memory stays',
  description: 'A VM that stands still takes no processor time, and its connections wait until it goes on.',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, 'no-wait': noWaitOption },
  examples: [['vm pause web', 'until `banger vm resume web`']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(
      await onVms(ctx, await chosenVms(ctx, call), (name, options) => vmm.pauseVm({ name, wait }, options)),
    );
  },
});
