import { defineCommand } from '../../define-command.js';
import { isInterrupted, usageError } from '../../errors.js';
import { logLine } from '../../render/log-line.js';
import { linesOfRequest } from '../../request-log.js';

const defaultTail = 100;

export const command = defineCommand({
  summary: "Print a service's log",
  description: 'With --json: the lines as the service wrote them, each a JSON object.',
  positionals: [
    { name: 'service', summary: 'netd, imaged, vmm or dnsd; with --request may be left out', optional: true },
  ],
  options: {
    follow: { type: 'flag', alias: 'f', summary: 'Go on as the service writes, until Ctrl-C' },
    tail: {
      type: 'count',
      alias: 'n',
      summary: `How many of the last lines; ${defaultTail} unless given, 0 for all`,
      zero: true,
    },
    request: {
      type: 'text',
      summary: 'What was written for this request, by all services unless one is named, by time',
    },
  },
  examples: [
    ['service logs vmm', `the last ${defaultTail} lines`],
    ['service logs -f --tail 10 netd', 'the last ten, and what comes'],
    ['service logs --request 0f8b2c4e', 'what all services did for one request, which errors and events name'],
  ],
  async run(ctx, call) {
    const supervisor = await ctx.clients.supervisor();
    const { follow, tail, request: requestId } = call.options;
    const [service] = call.positionals;
    if (requestId !== undefined) {
      for (const line of await linesOfRequest(ctx, requestId, service))
        ctx.write(`${ctx.json ? line : logLine(line)}\n`);
      return undefined;
    }
    if (service === undefined) throw usageError(['SERVICE or --request is missing'], 'banger service logs --help');
    const request = { name: service, tailLines: tail ?? defaultTail, follow };
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
