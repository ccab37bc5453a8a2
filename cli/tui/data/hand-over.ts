import { ConsoleSession } from '../../console-session.js';
import type { Context } from '../../context.js';
import { sshSession } from '../../ssh-session.js';
import type { Send } from './follow.js';
import { say } from './perform.js';

/** What a person who sits down at a console sees of what was written before: about a page. */
const tailBytes = 4_000;

/** Gives the terminal to a VM's console, or to a shell in it, until the person leaves. Rejects when there is none to be had. */
export async function handOver(ctx: Context, to: 'console' | 'shell', vm: string, send: Send): Promise<void> {
  if (to === 'console') return new ConsoleSession(ctx, vm).run(tailBytes);
  const vmm = await ctx.clients.vmm();
  const access = await vmm.getSshAccess({ name: vm }, { signal: ctx.signal });
  const exitCode = await sshSession(ctx, vm, access, []);
  // 255 is ssh's own: what it said is on the page that was left.
  if (exitCode === 255) say(send, `the shell in ${vm} ended, or could not be had: ssh says 255`, 'bad');
}
