import { defineCommand } from '../../define-command.js';
import {
  chosenVms,
  graceOption,
  namesPositional,
  noWaitOption,
  onVms,
  vmSelectorOption,
  vmsResult,
} from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Stop VMs, if they run, and start them',
  description: 'Changes that `banger vm set` made to a running VM take effect.',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, grace: graceOption, 'no-wait': noWaitOption },
  examples: [['vm restart web', 'and wait until it answers again']],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const [wait, graceSeconds] = [!call.options['no-wait'], call.options.grace ?? 0];
    const restart = (name: string, options: object) => vmm.restartVm({ name, wait, graceSeconds }, options);
    // Not repeated when vmm goes away under it: that would be a second restart.
    return vmsResult(await onVms(ctx, await chosenVms(ctx, call), restart, false));
  },
});
