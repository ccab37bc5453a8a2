import { randomUUID } from 'node:crypto';
import { Vm, type VmSpec } from '../gen/banger/vmm/v1/vm_service.js';
import type { Context } from './context.js';
import { interrupted, isInterrupted } from './errors.js';
import { VmFollower, waitDeadlineMs } from './vm-progress.js';

const deleteDeadlineMs = 120_000;

export interface WantedVm {
  readonly name: string;
  readonly spec: VmSpec;
}

/** Creates a VM, lets `use` have it when it answers, and deletes it whatever happens; also after Ctrl-C. */
export async function withThrowAwayVm<T>(
  ctx: Context,
  { name, spec }: WantedVm,
  use: (vm: Vm, remove: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const remove = remover(ctx, name);
  let result: T;
  try {
    result = await use(await createVm(ctx, { name, spec }), remove);
  } catch (error) {
    await remove().catch(() => {
      throw isInterrupted(error) ? interrupted(`vm ${name} may be left; delete it with ${removal(name)}`) : error;
    });
    throw error;
  }
  await remove();
  return result;
}

const removal = (name: string) => `\`banger vm delete --force --purge ${name}\``;

/** Creates a VM, shows how far it is, and returns when it answers. */
export async function createVm(ctx: Context, { name, spec }: WantedVm): Promise<Vm> {
  const vmm = await ctx.clients.vmm();
  const request = { name, spec, requestId: randomUUID(), noStart: false, wait: true, validateOnly: false };
  const follower = new VmFollower(ctx, [name]);
  follower.start();
  try {
    const options = { signal: ctx.signal, deadlineMs: waitDeadlineMs };
    const { vm } = await follower.persist(() => vmm.createVm(request, options));
    return vm ?? Vm.fromPartial({ name });
  } finally {
    follower.stop();
  }
}

/** Deletes the VM once. Not ended by Ctrl-C: nothing is to be left behind. */
function remover(ctx: Context, name: string): () => Promise<void> {
  let removed: Promise<void> | undefined;
  const remove = async () => {
    ctx.progress.show(`${name}: deleting`);
    const vmm = await ctx.clients.vmm();
    await vmm
      .deleteVm({ name, force: true, wait: true, purge: true }, { deadlineMs: deleteDeadlineMs })
      .catch((error) => {
        if (error.kind !== 'not-found') throw error;
      });
  };
  return () => {
    removed ??= remove();
    return removed;
  };
}
