import { defineCommand, positional } from '../../define-command.js';
import { isInterrupted } from '../../errors.js';

export const command = defineCommand({
  summary: "Print a VM's console log",
  description: 'The bytes are as the guest wrote them. With --json: one object {"data": TEXT} per line.',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  options: { follow: { type: 'flag', alias: 'f', summary: 'Go on as the guest writes, until Ctrl-C' } },
  examples: [
    ['vm logs web', 'everything that is kept'],
    ['vm logs -f web', 'and what comes'],
  ],
  async run(ctx, call) {
    const vmm = await ctx.clients.vmm();
    const request = { name: positional(call, 0), tailBytes: 0, follow: call.options.follow };
    try {
      const decoder = new TextDecoder();
      for await (const { data } of vmm.streamConsoleLog(request, { signal: ctx.signal })) {
        ctx.write(ctx.json ? `${JSON.stringify({ data: decoder.decode(data, { stream: true }) })}\n` : data);
      }
    } catch (error) {
      // Ctrl-C is how following ends.
      if (!(call.options.follow && isInterrupted(error))) throw error;
    }
    return undefined;
  },
});
