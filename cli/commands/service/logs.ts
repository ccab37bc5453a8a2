import { defineCommand, positional } from '../../define-command.js';
import { isInterrupted } from '../../errors.js';
import { logLine } from '../../render/log-line.js';

const defaultTail = 100;

export const command = defineCommand({
  summary: "Print a service's log",
  description: 'With --json: the lines as the service wrote them, each a JSON object.',
  positionals: [{ name: 'service', summary: 'netd, imaged, vmm or dnsd' }],
  options: {
    follow: { type: 'flag', alias: 'f', summary: 'Go on as the service writes, until Ctrl-C' },
    tail: {
      type: 'count',
      alias: 'n',
      summary: `How many of the last lines; ${defaultTail} unless given, 0 for all`,
      zero: true,
    },
  },
  examples: [
    ['service logs vmm', `the last ${defaultTail} lines`],
    ['service logs -f --tail 10 netd', 'the last ten, and what comes'],
  ],
  async run(ctx, call) {
    const supervisor = await ctx.clients.supervisor();
    const { follow, tail } = call.options;
    const request = { name: positional(call, 0), tailLines: tail ?? defaultTail, follow };
    try {
      for await (const { data } of supervisor.streamServiceLog(request, { signal: ctx.signal })) {
        ctx.write(ctx.json ? data : data.toString('utf8').split('\n').map(logLine).join('\n'));
      }
    } catch (error) {
      // Ctrl-C is how following ends.
      if (!(follow && isInterrupted(error))) throw error;
    }
    return undefined;
  },
});
