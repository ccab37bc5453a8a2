import { type Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { isBangerError } from '../../lib/errors.js';
import type { Context } from '../context.js';
import { vmFailed } from '../vm-failed.js';
import { waitDeadlineMs } from '../vm-progress.js';
import { create, type ForegroundVm, start } from './begin.js';
import { ConsoleCopy } from './console-copy.js';
import { lastOf } from './follow.js';

/**
 * Runs a VM for as long as this process: what it writes to its console goes to standard output, SIGTERM and Ctrl-C end it in
 * order, and vmm ends it when this process is killed. Returns 0 when the VM was stopped, powered off or deleted; fails with
 * the VM's own error when it failed.
 */
export async function runInForeground(ctx: Context, wanted: ForegroundVm): Promise<number> {
  const { name } = wanted;
  const over = new AbortController();
  const signal = AbortSignal.any([ctx.signal, over.signal]);
  const isThere = !(await create(ctx, wanted));
  const console = new ConsoleCopy(ctx, name, isThere, signal);
  try {
    if (isThere) await start(ctx, wanted, console);
    console.follow();
    const last = await lastOf(ctx, name, signal);
    if (ctx.signal.aborted) ctx.note(`${name}: ${wanted.remove ? 'deleting' : 'stopping'}`);
    await end(ctx, wanted, last);
    if (last?.status?.state === VmState.FAILED) throw vmFailed(last, 'has failed');
    return 0;
  } finally {
    over.abort();
    await console.ended;
  }
}

/** Ends the VM, in order. Not ended by another signal: vmm would end it all the same. */
async function end(ctx: Context, { name, remove, graceSeconds }: ForegroundVm, last: Vm | undefined): Promise<void> {
  const vmm = await ctx.clients.vmm();
  const deadlineMs = waitDeadlineMs;
  try {
    const rests = last?.status?.state === VmState.STOPPED || last?.status?.state === VmState.FAILED;
    if (ctx.signal.aborted && !rests) await vmm.stopVm({ name, wait: true, graceSeconds }, { deadlineMs });
    if (remove) await vmm.deleteVm({ name, force: true, wait: true, purge: true }, { deadlineMs });
  } catch (error) {
    // Somebody else was faster.
    if (!(isBangerError(error) && error.kind === 'not-found')) throw error;
  }
}
