import { hiddenFrom, stopDaemon } from '../../daemon.js';
import { defineCommand } from '../../define-command.js';

export const command = defineCommand({
  summary: 'Stop the daemon and its services; VMs stay up',
  description: 'Waits until it has ended. VMs and their connections go on; only names stop being answered.',
  examples: [['daemon stop', 'and wait until it has ended']],
  async run(ctx) {
    const pid = await stopDaemon(ctx);
    const text =
      pid === undefined
        ? `the daemon is not running${hiddenFrom(ctx.uid, 'stop')}`
        : 'the daemon is stopped; VMs stay up';
    return { json: { running: false, stopped: pid !== undefined }, text: () => text };
  },
});
