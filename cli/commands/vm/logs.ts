import { defineCommand, positional } from '../../define-command.js';
import { isInterrupted, usageError } from '../../errors.js';
import { parseSince } from '../../parse/since.js';

export const command = defineCommand({
  summary: "Print a VM's console log",
  description: 'The bytes are as the guest wrote them. With --json: one object {"data": TEXT} per line.',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  options: {
    follow: { type: 'flag', alias: 'f', summary: 'Go on as the guest writes, until Ctrl-C' },
    since: { type: 'text', summary: 'Only from then on: 10m, 2h or 1d ago, or a time such as 2026-11-26T08:00:00Z' },
  },
  examples: [
    ['vm logs web', 'everything that is kept'],
    ['vm logs -f web', 'and what comes'],
    ['vm logs --since 10m web', 'what it wrote in the last ten minutes'],
  ],
  async run(ctx, call) {
    const { follow, since: given } = call.options;
    const since = given === undefined ? undefined : parseSince(given, new Date());
    if (typeof since === 'string')
      throw usageError([{ field: '--since', description: since }], 'banger vm logs --help');
    const vmm = await ctx.clients.vmm();
    const request = { name: positional(call, 0), tailBytes: 0, follow, since };
    try {
      const decoder = new TextDecoder();
      for await (const { data } of vmm.streamConsoleLog(request, { signal: ctx.signal })) {
        ctx.write(ctx.json ? `${JSON.stringify({ data: decoder.decode(data, { stream: true }) })}\n` : data);
      }
    } catch (error) {
      // Ctrl-C is how following ends.
      if (!(follow && isInterrupted(error))) throw error;
    }
    return undefined;
  },
});
