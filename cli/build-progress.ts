import type { BuildProgress } from '../gen/banger/imaged/v1/image_service.js';
import type { Context } from './context.js';
import { interrupted, isInterrupted } from './errors.js';
import { bytes } from './render/format.js';

type ProgressEvent = { readonly $case: 'progress'; readonly value: BuildProgress };
type BuildEvent = ProgressEvent | { readonly $case: string };

/** Follows a build to its last message, showing each step. Ctrl-C ends the build, and imaged clears up after it. */
export async function followBuild<E extends BuildEvent>(
  ctx: Context,
  what: string,
  stream: AsyncIterable<{ event?: E | undefined }>,
): Promise<Exclude<E, ProgressEvent>> {
  let last: Exclude<E, ProgressEvent> | undefined;
  ctx.progress.show(`${what}: starting`);
  try {
    for await (const { event } of stream) {
      if (event !== undefined && isProgress(event)) ctx.progress.show(`${what}: ${describe(event.value)}`);
      else last = event as Exclude<E, ProgressEvent> | undefined;
    }
  } catch (error) {
    throw isInterrupted(error) ? interrupted(`the build of ${what} was ended; nothing is left of it`) : error;
  }
  if (last === undefined) throw new Error(`the build of ${what} ended without a result`);
  return last;
}

function isProgress(event: BuildEvent): event is ProgressEvent {
  return event.$case === 'progress';
}

/** "3/7 install packages: systemd (12 MiB of 80 MiB)". */
export function describe(progress: BuildProgress): string {
  const { step, stepNumber, stepCount, detail, doneBytes, totalBytes } = progress;
  const number = stepCount > 0 ? `${stepNumber}/${stepCount} ` : '';
  const amount = totalBytes > 0 ? ` (${bytes(doneBytes)} of ${bytes(totalBytes)})` : '';
  return `${number}${step}${detail ? `: ${detail}` : ''}${amount}`;
}
