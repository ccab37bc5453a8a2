import { Vm } from '../../../gen/banger/vmm/v1/vm_service.js';
import { ConsoleSession } from '../../console-session.js';
import type { Context } from '../../context.js';
import { logIn } from '../../log-in.js';
import type { Send } from './follow.js';
import { say } from './perform.js';

/** What a person who sits down at a console sees of what was written before: about a page. */
const tailBytes = 4_000;

/** Gives the terminal to a VM's console, or to a shell in it, until the person leaves. Rejects when there is none to be had. */
export async function handOver(ctx: Context, to: 'console' | 'shell', name: string, send: Send): Promise<void> {
  if (to === 'console') return new ConsoleSession(ctx, name).run(tailBytes);
  const vmm = await ctx.clients.vmm();
  const { vm = Vm.fromPartial({ name }) } = await vmm.getVm({ name }, { signal: ctx.signal });
  const exitCode = await logIn(ctx, vm, []);
  // 255 is ssh's own: what it said is on the page that was left.
  if (exitCode === 255) say(send, `the shell in ${name} ended, or could not be had: ssh says 255`, 'bad');
}
