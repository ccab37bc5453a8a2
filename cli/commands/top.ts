import { delay } from '../../lib/clock.js';
import type { Context } from '../context.js';
import { defineCommand } from '../define-command.js';
import { isInterrupted } from '../errors.js';
import { selectorOf, selectorOption } from '../labels.js';
import { styleFor } from '../render/style.js';
import { readAll, type Use, usesOf } from '../top.js';
import { topTable } from '../views/top.js';

const defaultSeconds = 2;

export const command = defineCommand({
  summary: 'Show what running VMs use, the busiest first, until Ctrl-C',
  description:
    'Processor, memory, disks and network of each VM since the look before. Off a terminal, with --once and with --json there is ' +
    'one table, of one interval.',
  options: {
    selector: selectorOption,
    interval: { type: 'count', alias: 'i', summary: `How many seconds between looks; ${defaultSeconds} unless given` },
    once: { type: 'flag', summary: 'One table, and no more' },
  },
  examples: [
    ['top', 'all VMs, every two seconds'],
    ['top --once -l app=ci', 'one table of those with this label'],
  ],
  async run(ctx, { options }) {
    const looks = looksAt(ctx, selectorOf(options.selector), (options.interval ?? defaultSeconds) * 1000);
    if (options.once || ctx.json || !ctx.outputIsTerminal) {
      const { value: uses = [] } = await looks.next();
      return { json: uses, text: (style) => topTable(uses, style) };
    }
    await onOwnPage(ctx, looks);
    return undefined;
  },
});

/** What was used from each look to the next. */
async function* looksAt(ctx: Context, selector: string, intervalMs: number): AsyncGenerator<Use[], undefined> {
  for (let before = await readAll(ctx, selector); ; ) {
    await delay(intervalMs, ctx.signal);
    const after = await readAll(ctx, selector);
    yield usesOf(before, after);
    before = after;
  }
}

const toOwnPage = '\x1b[?1049h\x1b[?25l';
const backToFormer = '\x1b[?25h\x1b[?1049l';
const fromTheTop = '\x1b[H\x1b[J';

/** Ctrl-C is how it ends. */
async function onOwnPage(ctx: Context, looks: AsyncIterable<Use[]>): Promise<void> {
  ctx.write(`${toOwnPage}${fromTheTop}looking …`);
  try {
    for await (const uses of looks) {
      const lines = topTable(uses, styleFor(ctx.output, ctx.env)).split('\n');
      ctx.write(fromTheTop + lines.slice(0, ctx.output.rows ?? 24).join('\r\n'));
    }
  } catch (error) {
    if (!isInterrupted(error)) throw error;
  } finally {
    ctx.write(backToFormer);
  }
}
