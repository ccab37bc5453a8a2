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
  summary: 'Stop VMs: the guest powers off, and is ended if it takes too long',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, grace: graceOption, 'no-wait': noWaitOption },
  examples: [
    ['vm stop web', 'power it off'],
    ['vm stop web db --grace 120', 'two at once, with time to finish'],
    ['vm stop -l app=ci', 'all with this label'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const [wait, graceSeconds] = [!call.options['no-wait'], call.options.grace ?? 0];
    const stop = (name: string, options: object) => vmm.stopVm({ name, wait, graceSeconds }, options);
    return vmsResult(await onVms(ctx, await chosenVms(ctx, call), stop));
  },
});
