import { defineCommand } from '../../define-command.js';
import { chosenVms, namesPositional, noWaitOption, onVms, vmSelectorOption, vmsResult } from '../../vm-verb.js';

export const command = defineCommand({
  summary: 'Start VMs',
  description: 'Waits until they answer. A VM that runs already stays as it is.',
  positionals: [namesPositional],
  options: { selector: vmSelectorOption, 'no-wait': noWaitOption },
  examples: [
    ['vm start web', 'start it and wait until it answers'],
    ['vm start web db --no-wait', 'start two without waiting'],
    ['vm start -l tier=db,!keep', 'all with the first label and without the second'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const wait = !call.options['no-wait'];
    return vmsResult(
      await onVms(ctx, await chosenVms(ctx, call), (name, options) => vmm.startVm({ name, wait }, options)),
    );
  },
});
