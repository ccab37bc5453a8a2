import { VmSpec } from '../gen/banger/vmm/v1/vm_service.js';
import { readFile } from '../lib/host/files.js';
import type { Context } from './context.js';
import { customize, madeResult } from './customizing.js';
import type { Result } from './define-command.js';
import { usageError } from './errors.js';

export interface BuildInVm {
  readonly base: string;
  readonly script: string | undefined;
  readonly tag: string | undefined;
  readonly rebuild: boolean;
  readonly nat: boolean;
  readonly cpus: number | undefined;
  readonly memory: number | undefined;
}

/** `image build --from`: runs a script in a VM of an image, and keeps the result. */
export async function buildInVm(ctx: Context, request: BuildInVm): Promise<Result> {
  const { base, tag, rebuild, nat, cpus, memory } = request;
  const mistakes = [
    ...(request.script === undefined ? [{ field: '--script', description: 'must be given with --from' }] : []),
    ...(tag === undefined ? [{ field: '--tag', description: 'must be given with --from' }] : []),
  ];
  if (mistakes.length > 0 || tag === undefined) throw usageError(mistakes, 'banger image build --help');
  const script = await readScript(request.script ?? '');
  const spec = VmSpec.fromPartial({ image: base, nat, cpuCount: cpus, memoryMib: memory });
  const made = await customize(ctx, {
    what: `image ${tag}`,
    customization: { image: tag, spec, script, rebuild },
    onOutput: (line) => ctx.note(line),
  });
  if (made === undefined) throw new Error(`image ${tag} was neither made nor refused`);
  return madeResult(made);
}

async function readScript(path: string): Promise<Buffer> {
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw usageError([{ field: '--script', description: `cannot read ${path}: ${error.message}` }]);
  });
  if (text.length > 0) return text;
  throw usageError([{ field: '--script', description: `${path} is empty` }]);
}
