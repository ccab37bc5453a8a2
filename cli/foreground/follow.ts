import { type Vm, VmState } from '../../gen/banger/vmm/v1/vm_service.js';
import { delay } from '../../lib/clock.js';
import { isBangerError } from '../../lib/errors.js';
import { runCommand } from '../../lib/host/command.js';
import type { Context } from '../context.js';

/** A restart of vmm takes a moment. */
export const reconnectMs = 200;

/** Follows the VM until it runs no more by itself, or we are told to end. Undefined when it was deleted. */
export async function lastOf(ctx: Context, name: string, signal: AbortSignal): Promise<Vm | undefined> {
  let last: Vm | undefined;
  let wasReady = false;
  for await (const vm of statesOf(ctx, name, signal)) {
    last = vm;
    const state = vm?.status?.state;
    if (vm === undefined || state === VmState.STOPPED || state === VmState.FAILED) return vm;
    if (state !== VmState.RUNNING || wasReady) continue;
    wasReady = true;
    ctx.note(`${name} is running at ${vm.status?.ipv4Address}`);
    await tellSystemd(ctx);
  }
  return last;
}

/** The states of a VM, and undefined when there is none; goes on over restarts of vmm, until the signal. */
export async function* statesOf(ctx: Context, name: string, signal: AbortSignal): AsyncIterable<Vm | undefined> {
  const vmm = await ctx.clients.vmm();
  while (!signal.aborted) {
    let last: Vm | undefined;
    let isKnown = false;
    try {
      for await (const { event } of vmm.watchVms({ name, selector: '' }, { signal })) {
        if (event?.$case === 'upserted') last = event.value;
        if (event?.$case === 'deleted') last = undefined;
        isKnown ||= event?.$case === 'synced';
        if (isKnown) yield last;
      }
    } catch (error) {
      if (!signal.aborted && !isUnavailable(error)) throw error;
    }
    await delay(reconnectMs, signal).catch(() => undefined);
  }
}

/** Whoever starts units after this one wants a VM that answers: sd_notify(3). Nothing outside a unit of Type=notify. */
async function tellSystemd(ctx: Context): Promise<void> {
  if (!ctx.env.NOTIFY_SOCKET) return;
  // It stands beside the VM's life, which goes on when nobody hears.
  await runCommand(['systemd-notify', '--no-block', '--ready']).catch((error: Error) =>
    ctx.note(`cannot tell systemd that the VM runs: ${error.message}`),
  );
}

function isUnavailable(error: unknown): boolean {
  return isBangerError(error) && error.kind === 'unavailable';
}
