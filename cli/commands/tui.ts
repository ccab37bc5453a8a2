import { BangerError } from '../../lib/errors.js';
import type { Context } from '../context.js';
import { defineCommand } from '../define-command.js';
import { reasons } from '../errors.js';

export const command = defineCommand({
  summary: 'See and move all VMs on one screen, by keys',
  description:
    'VMs, images and services as they are, live; every key is told on the last line, and ? tells them all. A service that ' +
    'goes away is waited for. It needs a terminal: programs use the other commands with --json.',
  examples: [['tui', 'the screen; q leaves it']],
  async run(ctx) {
    requireTerminal(ctx);
    const [{ Session }, { loadScreen }] = await Promise.all([
      import('../tui/session.js'),
      import('../tui/load-screen.js'),
    ]);
    await new Session(ctx, await loadScreen()).run();
    return undefined;
  },
});

function requireTerminal(ctx: Context): void {
  const problem = ctx.json
    ? '--json is for programs, and this is a screen for people'
    : !(ctx.stdin.isTTY && ctx.outputIsTerminal)
      ? 'standard input and output must be a terminal'
      : ctx.env.TERM === 'dumb'
        ? 'this terminal, TERM=dumb, cannot move its cursor'
        : undefined;
  if (problem === undefined) return;
  const message = `cannot show the screen: ${problem}; see the same with \`banger vm list\`, for programs with \`--json\``;
  throw new BangerError('invalid', reasons.NO_TERMINAL, message);
}
