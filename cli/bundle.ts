import { locateRuntime } from '../lib/bundle/locate.js';
import { type Bundle, openBundle } from '../lib/bundle/read.js';
import type { RuntimeDecision } from '../lib/runtime.js';
import type { Context } from './context.js';
import { bytes } from './render/format.js';

/** What the commands for runtime bundles share. They ask no service. */

export const runtimeDirOption = {
  type: 'text',
  summary: 'Where the runtime bundle is, in place of where it is looked for',
} as const;

/** Where this banger looks for its runtime bundle. */
export function runtimePlace(ctx: Context, flag: string | undefined): RuntimeDecision {
  return locateRuntime(ctx.paths, ctx.env, flag);
}

export async function bundleHere(ctx: Context, flag: string | undefined): Promise<Bundle> {
  const { path, source } = runtimePlace(ctx, flag);
  return openBundle(path, source);
}

/** Tells how far a step is, and no more often than it looks different. */
export function showSteps(ctx: Context): (step: string, done: number, total: number | undefined) => void {
  return (step, done, total) => {
    // Off a terminal each text is a line: whole steps are enough there.
    const amount = ctx.liveProgress ? ` (${bytes(done)}${total ? ` of ${bytes(total)}` : ''})` : '';
    ctx.progress.show(`bundle: ${step}${amount}`);
  };
}
