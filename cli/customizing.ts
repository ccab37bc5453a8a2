import {
  type CommitVmResponse,
  type Customization,
  type CustomizeImageRequest,
  MadeImage,
} from '../gen/banger/vmm/v1/vm_service.js';
import type { Context } from './context.js';
import type { OptionSpec, Result } from './define-command.js';
import { interrupted, isInterrupted } from './errors.js';

/** What the commands that make an image in a VM, or of one, have in common. */

export const tagOption = {
  type: 'text',
  alias: 't',
  summary: 'The name that the image gets',
  required: true,
} as const satisfies OptionSpec;

/** The VM that the work is done in. */
export const buildVmOptions = {
  nat: { type: 'flag', summary: "Let that VM reach other networks through the host's address" },
  cpus: { type: 'count', summary: 'Its virtual processors; 1 unless given' },
  memory: { type: 'size', summary: 'Its memory, as 512M or 2G; 1G unless given' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export interface Customizing {
  /** For messages, such as "image web". */
  readonly what: string;
  readonly customization: Customization;
  /** A line that the script printed. */
  onOutput?(line: string): void;
  /** Does the work in the VM of this name; resolves with whether what was changed shall be kept. */
  work?(vm: string): Promise<boolean>;
}

/** Has an image made of another, and follows how it goes. Undefined when nothing was to be kept. */
export async function customize(ctx: Context, task: Customizing): Promise<MadeImage | undefined> {
  const decision = new Decision();
  const vmm = await ctx.clients.vmm();
  ctx.progress.show(`${task.what}: starting`);
  let made: MadeImage | undefined;
  try {
    for await (const { event } of vmm.customizeImage(requests(task, decision), { signal: ctx.signal })) {
      if (event?.$case === 'step') ctx.progress.show(`${task.what}: ${event.value}`);
      else if (event?.$case === 'output') task.onOutput?.(event.value);
      else if (event?.$case === 'vm') decision.make((await task.work?.(event.value)) ?? false);
      else made = event?.value;
    }
  } catch (error) {
    throw isInterrupted(error) ? interrupted(`${task.what} was not made; nothing is left of it`) : error;
  } finally {
    decision.make(false);
  }
  return made;
}

/** Follows the making of an image of a VM, step by step. */
export async function followSteps(
  ctx: Context,
  what: string,
  stream: AsyncIterable<CommitVmResponse>,
): Promise<MadeImage> {
  let made: MadeImage | undefined;
  for await (const { event } of stream) {
    if (event?.$case === 'step') ctx.progress.show(`${what}: ${event.value}`);
    else made = event?.value;
  }
  if (made === undefined) throw new Error(`the making of ${what} ended without a result`);
  return made;
}

/** The answer of every such command. */
export function madeResult(made: MadeImage): Result {
  return { json: MadeImage.toJSON(made), text: () => `image ${made.name} is ready: ${made.digest}` };
}

async function* requests(task: Customizing, decision: Decision): AsyncIterable<CustomizeImageRequest> {
  yield { request: { $case: 'start', value: task.customization } };
  if (await decision.made) yield { request: { $case: 'save', value: {} } };
}

/** Whether to save: made once, awaited by the requests. */
class Decision {
  readonly made: Promise<boolean>;
  make: (save: boolean) => void = () => undefined;

  constructor() {
    this.made = new Promise((resolve) => {
      this.make = resolve;
    });
  }
}
