import { type FieldViolation, isBangerError } from '../lib/errors.js';
import type { Context } from './context.js';
import type { Command } from './define-command.js';
import { isInterrupted } from './errors.js';
import { optionOf } from './render/error.js';
import type { Judged } from './yargs.js';

/**
 * The mistakes that the command line itself shows, and those that the command's `check` finds in what could be read of
 * it: whoever corrects them all is not sent back a second time. An option has one line.
 */
export async function allMistakes(
  ctx: Context,
  command: Command,
  { call, mistakes }: Judged,
): Promise<readonly FieldViolation[]> {
  const named = new Set(mistakes.map(({ field }) => field));
  const found = await foundByCheck(ctx, command, call);
  return [...mistakes, ...found.filter(({ field }) => field === '' || !named.has(optionOf(field)))];
}

/** Only mistakes count: a daemon that is down, or a VM that is there already, comes up once the command line is right. */
async function foundByCheck(ctx: Context, command: Command, call: Judged['call']): Promise<readonly FieldViolation[]> {
  try {
    await command.check?.(ctx, call);
    return [];
  } catch (error) {
    if (isInterrupted(error)) throw error;
    return isBangerError(error) && error.kind === 'invalid' ? error.fields : [];
  }
}
