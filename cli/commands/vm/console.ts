import { ConsoleSession } from '../../console-session.js';
import { defineCommand, positional } from '../../define-command.js';

export const command = defineCommand({
  summary: "Sit down at a VM's serial console",
  description:
    'Every key goes to the VM, Ctrl-C too; Ctrl-] leaves. When nothing shows, press Enter. Several may sit at one console, ' +
    'and all see the same. What comes from a pipe is typed as it is; at its end the console is left as soon as the VM has ' +
    'been silent for a second. The end of the VM, or its restart, ends the sitting too. With --json: one object ' +
    '{"data": TEXT} per line.',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  options: { tail: { type: 'count', summary: 'Show this many bytes of what the VM wrote before; none unless given' } },
  examples: [
    ['vm console web', 'look and type; Ctrl-] leaves'],
    ['vm console web --tail 4000', 'with what was written before'],
  ],
  async run(ctx, call) {
    await new ConsoleSession(ctx, positional(call, 0)).run(call.options.tail ?? 0);
    return undefined;
  },
});
